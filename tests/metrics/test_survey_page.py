"""The page of a survey: a form that works without a script and without a login."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.auth.links import Links
from itsm_chassis.store.database import Database
from support.surveys import answer, asked, fulfilled, resolved, said

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each element of that name."""
        return [attributes for name, attributes in self.tags if name == tag]


def path(links: Links, survey: UUID) -> str:
    return f"/survey?token={links.token('acme', survey)}"


async def test_the_form_asks_about_the_record_and_its_answer_counts(
    db: Database, visitor: httpx2.AsyncClient, manager: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved(title="No <b>mail</b>"))
    page = Page(await visitor.get(path(links, survey)))
    assert "Incident INC-000001: No <b>mail</b>" in page.text
    assert not page.all("b"), "a title is text"
    radios = [each for each in page.all("input") if each["type"] == "radio"]
    assert [each["value"] for each in radios] == ["5", "4", "3", "2", "1"]
    assert not [each for each in radios if "checked" in each]
    [form] = page.all("form")
    assert (form["method"], form.get("action")) == ("post", None), "to its own address"
    body = "score=4&comment=Quick,%0D%0Aand+kind+%26+%3Cb%3E"
    done = await visitor.post(path(links, survey), content=body, headers=FORM)
    assert (done.status_code, done.headers["location"]) == (303, path(links, survey))
    stored = (await manager.get(f"/v1/surveys/{survey}")).json()
    assert (stored["score"], stored["comment"]) == (4, "Quick,\nand kind & <b>")
    after = Page(await visitor.get(path(links, survey)))
    assert "You answered: Satisfied. Thank you. You can change your answer until" in after.text
    assert [each["value"] for each in after.all("input") if "checked" in each] == ["4"]
    assert "Quick,\nand kind & <b>" in after.text


async def test_the_page_can_be_read_by_everybody_and_loads_nothing(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, fulfilled())
    answered = await visitor.get(path(links, survey))
    page = Page(answered)
    assert page.all("html") == [{"lang": "en"}]
    assert "Request REQ-000001: laptop" in page.text
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("legend")) == 1
    [comment] = page.all("textarea")
    assert comment["id"] in [each.get("for") for each in page.all("label")]
    assert not page.all("script") + page.all("img") + page.all("link")
    policy = answered.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "style-src 'sha256-" in policy
    assert answered.headers["referrer-policy"] == "no-referrer"
    assert answered.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "body", ["", "score=", "score=6", "score=12", "score=x", "comment=Fine", "score=5&comment=" + "x" * 2001]
)
async def test_a_form_that_is_not_filled_in_comes_back_with_what_to_mend(
    db: Database, visitor: httpx2.AsyncClient, links: Links, body: str
) -> None:
    [survey] = await asked(db, resolved())
    refused = await visitor.post(path(links, survey), content=body, headers=FORM)
    page = Page(refused)
    assert refused.status_code == 422
    assert "Please choose one of the five answers" in page.text
    assert body.partition("comment=")[2] in page.text, "what was typed is not lost"
    assert len(await said(db)) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("score=5&comment=a%00b", FORM["content-type"], 422),
        ("score=5&comment=%ff", FORM["content-type"], 422),
        ("&".join(["score=5"] * 11), FORM["content-type"], 422),
        ('{"score": 5}', "application/json", 415),
        ("score=5&comment=" + "x" * 2**20, FORM["content-type"], 413),
    ],
)
async def test_a_hostile_form_is_refused(
    db: Database, visitor: httpx2.AsyncClient, links: Links, body: str, kind: str, status: int
) -> None:
    [survey] = await asked(db, resolved())
    refused = await visitor.post(path(links, survey), content=body, headers={"content-type": kind})
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"
    assert len(await said(db)) == 1


async def test_an_answer_that_stands_is_shown_without_a_form(
    db: Database, visitor: httpx2.AsyncClient, manager: httpx2.AsyncClient, links: Links
) -> None:
    await manager.post("/v1/survey-policies", json={"change_within_s": 0})
    [survey] = await asked(db, resolved())
    await answer(visitor, links, survey, score=1)
    page = Page(await visitor.get(path(links, survey)))
    assert "You answered: Very unsatisfied." in page.text
    assert not page.all("form")
    late = await visitor.post(path(links, survey), content="score=5", headers=FORM)
    assert late.status_code == 409
    assert "The answer stands." in Page(late).text


async def test_a_link_whose_time_is_over_says_so_and_a_guess_is_told_nothing(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    then = clock.now() - timedelta(days=31)
    [survey] = await asked(db, resolved(when=then), now=then)
    for gone in (
        await visitor.get(path(links, survey)),
        await visitor.post(path(links, survey), content="score=5", headers=FORM),
    ):
        assert gone.status_code == 410
        assert "This survey is over" in Page(gone).text
    for guess in (links.token("globex", survey), "guess"):
        assert (await visitor.get("/survey", params={"token": guess})).status_code == 404
        voted = await visitor.post("/survey", params={"token": guess}, content="score=5", headers=FORM)
        assert voted.status_code == 404

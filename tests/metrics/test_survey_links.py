"""A survey is answered by its link alone: without a login, once, for a while, and by nobody who guesses."""

import asyncio
import hmac
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from itsm_chassis import clock
from itsm_chassis.auth.links import Links
from itsm_chassis.store.database import Database
from itsm_metrics.commands.answering import expire_due
from support.surveys import BY_LINK, answer, asked, fulfilled, resolved, said


async def types(db: Database) -> list[str]:
    return [each.envelope.type.split(".")[2] for each in await said(db)]


async def test_whoever_has_the_link_reads_and_answers_without_a_token(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved(title="No mail", service="mail"))
    seen = (await visitor.get(f"{BY_LINK}?token={links.token('acme', survey)}")).json()
    assert (seen["number"], seen["title"], seen["status"], seen["score"]) == (
        "INC-000001",
        "No mail",
        "open",
        None,
    )
    assert not {"person", "record", "id"} & seen.keys()
    done = await answer(visitor, links, survey, score=4, comment="Quick, and kind.")
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["score"]) == ("answered", 4)
    assert (await visitor.get(f"{BY_LINK}?token={links.token('acme', survey)}")).json() == done.json()


async def test_reading_a_link_as_mail_scanners_do_answers_nothing(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved())
    for _ in range(3):
        await visitor.get(f"{BY_LINK}?token={links.token('acme', survey)}")
    assert await types(db) == ["sent"]


async def test_the_comment_is_for_managers_alone_and_never_said(
    db: Database, visitor: httpx2.AsyncClient, manager: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved())
    await answer(visitor, links, survey, score=1, comment="Anna was rude.")
    assert (await manager.get(f"/v1/surveys/{survey}")).json()["comment"] == "Anna was rude."
    listed = (await manager.get("/v1/surveys?score__lte=2&status=answered")).json()["items"]
    assert [(each["id"], each["comment"]) for each in listed] == [(str(survey), "Anna was rude.")]
    for table in ("event", "raw_event"):
        bodies = [row[0] for row in await db.fetch(f"SELECT envelope FROM {table}")]
        assert not [body for body in bodies if "rude" in body or "token" in body]
    assert [each.envelope.data.get("comment", "absent") for each in await said(db)] == ["absent", "absent"]
    for role in ("agent", "requester", "change_manager"):
        for path in ("/v1/surveys", f"/v1/surveys/{survey}", "/v1/survey-policies"):
            refused = await visitor.get(path, headers={"authorization": f"Bearer acme.ann.{role}"})
            assert refused.status_code == 403, (role, path)


async def test_only_what_delivers_the_link_may_read_it(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved())
    path = f"/v1/surveys/{survey}/link"
    for role, status in (("manager", 403), ("agent", 403), ("service", 200), ("admin", 200)):
        found = await visitor.get(path, headers={"authorization": f"Bearer acme.post.{role}"})
        assert found.status_code == status
    assert found.json()["path"] == f"/survey?token={links.token('acme', survey)}"
    other = await visitor.get(path, headers={"authorization": "Bearer globex.post.service"})
    assert other.status_code == 404


def forged(tenant: str, survey: UUID, key: bytes) -> str:
    """A token as ours are, signed with another key."""
    said = urlsafe_b64encode(f'["{tenant}", "{survey}"]'.encode()).decode().rstrip("=")
    return f"{said}.{hmac.new(key, said.encode(), sha256).hexdigest()}"


async def test_a_guessed_or_altered_link_is_told_nothing(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    """Every refusal is the same, whether the survey exists, exists for another tenant, or does not."""
    ours, other = await asked(db, resolved("carl"), resolved("otto"))
    token = links.token("acme", ours)
    payload, _, signature = token.partition(".")
    nobody = UUID(int=7)
    guesses = [
        forged("acme", ours, b"another key"),
        forged("acme", nobody, b"another key"),
        links.token("globex", ours),
        links.token("acme", nobody),
        f"{links.token('acme', other).partition('.')[0]}.{signature}",
        f"{payload}.{'0' * 64}",
        f"{payload}.{signature[:-1]}{'0' if signature[-1] != '0' else '1'}",
        f"{payload}.{signature.upper()}",
        f"{payload}.",
        payload,
        str(ours),
        token + "0",
        "\u00e4",
        "x" * 1000,
    ]
    seen = set()
    for guess in guesses:
        for reply in (
            await visitor.get(BY_LINK, params={"token": guess}),
            await visitor.post(f"{BY_LINK}/answer", params={"token": guess}, json={"score": 1}),
        ):
            assert reply.headers["content-type"] == "application/problem+json"
            told = {name: value for name, value in reply.json().items() if name != "trace_id"}
            seen.add((reply.status_code, repr(told)))
    [(status, problem)] = seen
    assert status == 404
    assert "not_found" in problem
    assert await types(db) == ["sent", "sent"], "nobody voted"


async def test_a_link_is_no_key_to_anything_else(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved())
    token = links.token("acme", survey)
    for path in ("/v1/surveys", f"/v1/surveys/{survey}", "/v1/kpis", "/v1/events"):
        assert (await visitor.get(f"{path}?token={token}")).status_code == 401
        bearer = await visitor.get(path, headers={"authorization": f"Bearer {token}"})
        assert bearer.status_code == 401


async def test_a_bearer_token_opens_no_link(db: Database, manager: httpx2.AsyncClient) -> None:
    await asked(db, resolved())
    assert (await manager.get(BY_LINK)).status_code == 401
    assert (await manager.post(f"{BY_LINK}/answer", json={"score": 5})).status_code == 401


async def test_an_expired_link_is_gone_before_and_after_the_timer(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    then = clock.now() - timedelta(days=30, seconds=1)
    [survey] = await asked(db, resolved(when=then), now=then)
    for _ in range(2):
        read = await visitor.get(f"{BY_LINK}?token={links.token('acme', survey)}")
        voted = await answer(visitor, links, survey, score=5)
        assert (read.status_code, voted.status_code) == (410, 410)
        assert read.json()["code"] == voted.json()["code"] == "survey_over"
        await expire_due(db, clock.now())
    assert await types(db) == ["sent", "expired"]


async def test_two_timers_expire_each_survey_once_and_leave_the_answered_alone(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    then = clock.now() - timedelta(days=29)
    surveys = await asked(db, *(resolved(f"person-{n}", then) for n in range(12)), now=then)
    for survey in surveys[:4]:
        assert (await answer(visitor, links, survey, score=5)).status_code == 200
    assert await expire_due(db, clock.now()) == 0
    due = then + timedelta(days=30)
    counts = await asyncio.gather(*(expire_due(db, due + timedelta(hours=1)) for _ in range(3)))
    assert sum(counts) == 8
    told = [each.envelope for each in await said(db) if each.envelope.type == "itsm.survey.expired.v1"]
    assert {str(each.subject) for each in told} == {str(each) for each in surveys[4:]}
    assert {each.time for each in told} == {due}, "dated at the moment at which the time ran out"
    assert len(told) == 8


async def test_the_answer_may_be_changed_for_a_while_and_counts_once(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, resolved())
    first = (await answer(visitor, links, survey, score=2, comment="Slow.")).json()
    second = (await answer(visitor, links, survey, score=5)).json()
    assert (second["score"], second["comment"]) == (5, None), "the whole answer is replaced"
    assert second["answered_at"] == first["answered_at"]
    assert second["changeable_until"] == first["changeable_until"]
    again = await answer(visitor, links, survey, score=5)
    assert again.status_code == 200
    assert await types(db) == ["sent", "answered", "revised"], "the same answer again is no news"
    assert [each.envelope.sequence for each in await said(db)] == [1, 2, 3]


async def test_an_answer_stands_when_the_time_to_change_it_is_over(
    db: Database, visitor: httpx2.AsyncClient, manager: httpx2.AsyncClient, links: Links
) -> None:
    await manager.post("/v1/survey-policies", json={"change_within_s": 0})
    [survey] = await asked(db, resolved())
    assert (await answer(visitor, links, survey, score=2)).status_code == 200
    refused = await answer(visitor, links, survey, score=5)
    assert (refused.status_code, refused.json()["code"]) == (409, "answer_final")
    assert (await answer(visitor, links, survey, score=2)).status_code == 200, "a repeat is harmless"
    assert (await manager.get(f"/v1/surveys/{survey}")).json()["score"] == 2
    assert await types(db) == ["sent", "answered"]


async def test_votes_at_once_count_once(db: Database, visitor: httpx2.AsyncClient, links: Links) -> None:
    [survey] = await asked(db, fulfilled())
    votes = [answer(visitor, links, survey, score=1 + n % 5) for n in range(10)]
    assert {each.status_code for each in await asyncio.gather(*votes)} == {200}
    told = await types(db)
    assert (told.count("answered"), told[:2]) == (1, ["sent", "answered"])
    assert [each.envelope.sequence for each in await said(db)] == list(range(1, len(told) + 1))


async def test_identical_votes_at_once_are_one(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    [survey] = await asked(db, fulfilled())
    await asyncio.gather(*(answer(visitor, links, survey, score=3) for _ in range(10)))
    assert await types(db) == ["sent", "answered"]


async def test_one_idempotency_key_of_two_people_is_two_answers(
    db: Database, visitor: httpx2.AsyncClient, links: Links
) -> None:
    surveys = await asked(db, resolved("carl", title="Mail"), resolved("otto", title="Web"))
    titles = [(await keyed(visitor, links, survey, 4)).json()["title"] for survey in surveys * 2]
    assert titles == ["Mail", "Web", "Mail", "Web"]
    assert await types(db) == ["sent", "sent", "answered", "answered"]
    reused = await keyed(visitor, links, surveys[0], 1)
    assert (reused.status_code, reused.json()["code"]) == (422, "key_reused")


async def keyed(visitor: httpx2.AsyncClient, links: Links, survey: UUID, score: int) -> httpx2.Response:
    path = f"{BY_LINK}/answer?token={links.token('acme', survey)}"
    return await visitor.post(path, json={"score": score}, headers={"idempotency-key": "1"})


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "/score"),
        ({"score": 0}, "/score"),
        ({"score": 6}, "/score"),
        ({"score": "5"}, "/score"),
        ({"score": 4.5}, "/score"),
        ({"score": True}, "/score"),
        ({"score": 5, "comment": ""}, "/comment"),
        ({"score": 5, "comment": " "}, "/comment"),
        ({"score": 5, "comment": "x" * 2001}, "/comment"),
        ({"score": 5, "person": "anna"}, "/person"),
    ],
)
async def test_a_wrong_answer_is_refused_with_its_place(
    db: Database, visitor: httpx2.AsyncClient, links: Links, body: dict[str, Any], where: str
) -> None:
    [survey] = await asked(db, resolved())
    refused = await answer(visitor, links, survey, **body)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, where)
    assert await types(db) == ["sent"]


@pytest.mark.parametrize("character", [r"\u0000", r"\ud800"])
async def test_what_no_text_can_hold_is_refused(
    db: Database, visitor: httpx2.AsyncClient, links: Links, character: str
) -> None:
    [survey] = await asked(db, resolved())
    path = f"{BY_LINK}/answer?token={links.token('acme', survey)}"
    body = f'{{"score": 5, "comment": "a{character}b"}}'
    refused = await visitor.post(path, content=body, headers={"content-type": "application/json"})
    assert refused.status_code == 422
    assert await types(db) == ["sent"]


async def test_the_bounds_of_the_door_hold_for_links(
    db: Database, visitor: httpx2.AsyncClient, links: Links, app: FastAPI
) -> None:
    [survey] = await asked(db, resolved())
    path = f"{BY_LINK}/answer?token={links.token('acme', survey)}"
    large = await visitor.post(path, json={"score": 5, "comment": "x" * 2**20})
    assert large.status_code == 413
    assert (await visitor.post(f"{path}&score=5", json={"score": 5})).status_code == 422
    twice = await visitor.get(f"{BY_LINK}?token=a&token=b")
    assert twice.status_code == 401
    assert app.state.links is links

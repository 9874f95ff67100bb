"""What the pages show, as HTML: the same figures as the API, down to the records, and what there is not."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from itsm_chassis import clock
from itsm_metrics.pages.words import span
from support.pages import Place

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("pages")]

PAGES = ("/pages", "/pages/figures", "/pages/figures/mttr?group_by=priority", "/pages/pipeline")


async def test_a_page_shows_the_figure_that_the_api_answers(told: Place) -> None:
    last = clock.now().date() - timedelta(days=1)
    until = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    asked = {"from": (until - timedelta(days=30)).isoformat(), "to": until.isoformat()}
    async with told.visitor("manager") as person:
        shown = (await person.get("/pages/figures/mttr", params={"days": 30, "last": str(last)})).text
        headers = {"authorization": f"Bearer {told.bearer('manager')}"}
        figure = (await person.get("/v1/kpis/mttr", params=asked, headers=headers)).json()
    assert figure["n"] > 30
    assert f"n = {figure['n']}" in shown
    assert f'<p class="value">{span(figure["value"])}</p>' in shown


async def test_from_a_group_one_comes_to_exactly_its_records(told: Place) -> None:
    async with told.visitor("agent") as person:
        shown = (await person.get("/pages/figures/opened?days=90&group_by=priority")).text
        n, link = re.findall(r'<td class="number">(\d+)</td>\s*<td><a href="([^"]+)">', shown)[2]
        assert "priority=P3" in link
        records = await person.get(html.unescape(link))
    assert int(n) == len(re.findall("<code>", records.text)) == 48


async def test_the_pages_of_records_add_up_to_the_figure(told: Place) -> None:
    found: list[str] = []
    address = "/pages/figures/opened/records?days=90"
    async with told.visitor("agent") as person:
        for _ in range(3):
            shown = (await person.get(address)).text
            found += re.findall("<code>(.+?)</code>", shown)
            if following := re.search(r'href="\?([^"]+)" rel="next"', shown):
                address = f"/pages/figures/opened/records?{html.unescape(following[1])}"
    assert following is None
    assert len(found) == len(set(found)) == 120


async def test_where_nothing_was_heard_the_pages_say_so(told: Place) -> None:
    async with told.visitor("admin", "silent") as person:
        assert "No data" in (await person.get("/pages")).text
        assert "Nothing has been heard yet" in (await person.get("/pages/pipeline")).text
        assert "There are none" in (await person.get("/pages/figures/mttr/records")).text


async def test_a_role_sees_its_own_figures_first(told: Place) -> None:
    async with told.visitor("agent") as agent, told.visitor("change_manager") as other:
        desk, changes = (await agent.get("/pages")).text, (await other.get("/pages")).text
    assert "Mean time to acknowledge" in desk
    assert "Change failure rate" not in desk
    assert "Change failure rate" in changes


async def test_a_requester_is_told_in_words_that_this_is_not_theirs(told: Place) -> None:
    async with told.visitor("requester", expect=403) as person:
        refused = await person.get("/pages/figures")
    assert refused.status_code == 403
    assert "needs one of the roles" in refused.text
    assert refused.headers["content-type"].startswith("text/html")


async def test_the_flow_is_told_as_the_api_tells_it(told: Place) -> None:
    last = str(clock.now().date() - timedelta(days=1))
    until = datetime.fromisoformat(last).replace(tzinfo=UTC) + timedelta(days=1)
    asked = {"from": (until - timedelta(days=90)).isoformat(), "to": until.isoformat()}
    async with told.visitor("manager") as person:
        shown = (await person.get("/pages/flow/incident", params={"days": 90, "last": last})).text
        headers = {"authorization": f"Bearer {told.bearer('manager')}"}
        flow = (await person.get("/v1/flow/incident", params=asked, headers=headers)).json()
        none = (await person.get("/pages/flow/problem")).text
        source = re.search(r'<img class="drawing" src="([^"]+)"', shown)
        assert source
        drawing = await person.get(html.unescape(source[1]))
    assert flow["cases"] > 100
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert "in progress" in drawing.text
    assert f'<p class="value">{flow["cases"]}</p>' in shown
    first = flow["transitions"]["items"][0]
    assert f'<td class="number">{first["count"]}</td>' in shown
    assert "Nothing happened to any case" in none


async def test_the_scorecard_says_the_band_of_each_target_and_the_worst(told: Place) -> None:
    async with told.visitor("manager") as person:
        whole = (await person.get("/pages/scorecard")).text
        none = (await person.get("/pages/scorecard?service=attic")).text
    assert re.findall(r'<span class="band (\w+)">', whole) == ["amber", "amber", "amber", "green"]
    assert "Trouble is over quickly" in whole
    assert "No targets here" in none


async def test_the_board_has_every_improvement_in_its_lane_and_leads_to_what_it_did(told: Place) -> None:
    async with told.visitor("agent") as person:
        board = (await person.get("/pages/improvements")).text
        one = (await person.get("/pages/improvements/IMP-000001")).text
    lanes = {part[:9].strip(): part for part in re.split(r'<h2 id="lane-.">', board)[1:]}
    assert "A shorter form" in lanes["Proposed"]
    assert "Fewer hands" in lanes["Under way"]
    assert "Mail restarts itself" in lanes["Ended <sp"]
    assert "no change shown" in lanes["Ended <sp"]
    assert "It restarts." in one
    assert len(re.findall(r'<line class="mark"', one)) == 2
    assert "too few days" in one, "what could not be shown is said"


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/pages/figures/happiness", 404, "There is no such figure"),
        ("/pages/nowhere", 404, "There is nothing at this address"),
        ("/pages?days=8", 422, "days must be one of"),
        ("/pages?last=0001-01-01", 422, "last must be a day from 1900"),
        ("/pages?colour=red", 422, "colour is not known here"),
        ("/pages/figures/mttr?group_by=colour", 422, "group_by must be one of"),
        ("/pages/figures/mttr/records?cursor=abc", 422, "This cursor is not one of this list"),
    ],
)
async def test_an_error_is_a_page_that_says_what_and_what_next(
    told: Place, address: str, status: int, words: str
) -> None:
    async with told.visitor("manager") as person:
        shown = await person.get(address)
    assert shown.status_code == status
    assert words in shown.text
    assert "trace id" in shown.text


async def test_the_api_goes_on_answering_problems(told: Place) -> None:
    async with told.visitor("manager") as person:
        answer = await person.get("/v1/kpis")
    assert answer.status_code == 401, "a session's cookie opens pages alone"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_no_page_names_another_origin_or_may_load_from_one(told: Place) -> None:
    async with told.visitor("admin") as person:
        for address in PAGES:
            shown = await person.get(address)
            assert shown.headers["content-security-policy"].startswith("default-src 'none'")
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', shown.text), address
            assert "style=" not in shown.text
            assert "<script>" not in shown.text


async def test_a_name_from_outside_is_shown_and_not_run(told: Place) -> None:
    async with told.visitor("manager") as person:
        shown = await person.get("/pages/figures/mttr", params={"service": "<script>alert(1)</script>"})
    assert "&lt;script&gt;alert(1)" in shown.text
    assert "<script>alert" not in shown.text

"""How a process runs, asked over HTTP."""

from typing import Any

import httpx2
import pytest
from itsm_chassis.auth.permissions import ROLES
from itsm_chassis.store.database import Database
from itsm_metrics.queries import flow as queries
from support.change_stories import ChangeStory
from support.incident_events import Story, at
from support.metrics import hear, hear_stories, query


async def flow(client: httpx2.AsyncClient, process: str = "incident", **asked: Any) -> Any:
    """The answer, by default of the two years around the stories' start."""
    period = {"from_": "2025-03-01T00:00:00Z", "to": "2027-03-01T00:00:00Z", **asked}
    answer = await client.get(f"/v1/flow/{process}?{query(period.items())}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def bounced() -> Story:
    """From desk to net and back, resolved after an hour."""
    story = Story(service="mail", assignment_group="desk", number="INC-000007")
    story.then(10, "in_progress").then(20, assignment_group="net").then(30, "on_hold")
    return story.then(50, "in_progress", assignment_group="desk").then(60, "resolved")


async def test_the_answer_has_exactly_this_shape(manager: httpx2.AsyncClient, db: Database) -> None:
    story = bounced()
    await hear_stories(db, story, Story(tenant="globex"))
    names = ["new", "in_progress", "on_hold", "in_progress", "resolved"]
    waits = [("in_progress", "on_hold", 1200.0), ("in_progress", "resolved", 600.0)]
    waits += [("new", "in_progress", 600.0), ("on_hold", "in_progress", 1200.0)]
    edges = [
        {"from": one, "to": other, "count": 1, "wait_p50_s": s, "wait_p90_s": s, "wait_total_s": s}
        for one, other, s in waits
    ]
    once = {"cases": 1, "times": 1, "share": 1.0}
    assert await flow(manager, from_=at(60), to=at(61)) == {
        "process": "incident",
        "activity": "status",
        "from": "2026-03-02T09:00:00Z",
        "to": "2026-03-02T09:01:00Z",
        "cases": 1,
        "events": 5,
        "activities": [
            {"activity": "in_progress", "count": 2},
            {"activity": "new", "count": 1},
            {"activity": "on_hold", "count": 1},
            {"activity": "resolved", "count": 1},
        ],
        "variants": {"total": 1, "items": [{"activities": names, "count": 1, "share": 1.0}]},
        "transitions": {"total": 4, "items": edges},
        "starts": [{"activity": "new", "count": 1}],
        "ends": [{"activity": "resolved", "count": 1}],
        "ping_pong": once,
        "loops": once,
        "repeats": {"cases": 0, "times": 0, "share": 0.0},
        "rework": {"cases": 1, "times": 2, "share": 1.0},
        "bottleneck": edges[0],
        "conformance": {"conforming": 1, "share": 1.0, "illegal": []},
        "excluded": {"incomplete": 0, "without_activity": 0},
        "negative_waits": 0,
        "fresh_as_of": "2026-03-02T09:00:00Z",
    }


async def test_a_case_counts_where_something_happened_to_it_and_is_told_until_then(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await hear_stories(db, bounced())
    assert (await flow(manager, from_=at(61), to=at(90)))["cases"] == 0
    assert (await flow(manager, from_=at(-9), to=at(0)))["cases"] == 0
    told = await flow(manager, from_=at(25), to=at(50))
    assert told["variants"]["items"][0]["activities"] == ["new", "in_progress", "on_hold"]
    assert (told["ping_pong"]["cases"], told["ends"]) == (0, [{"activity": "on_hold", "count": 1}])


async def test_cases_are_told_apart_by_service_priority_and_any_group_that_had_them(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await hear_stories(db, bounced(), Story(assignment_group="web", priority="P1"))
    for asked, cases in (
        ({"service": "mail"}, 1),
        ({"service": "web"}, 0),
        ({"assignment_group": "net"}, 1),
        ({"assignment_group": "web"}, 1),
        ({"assignment_group": "web", "priority": "P3"}, 0),
        ({"priority": "P1"}, 1),
        ({}, 2),
    ):
        assert (await flow(manager, **asked))["cases"] == cases, asked
    told = await flow(manager, activity="assignment_group", service="mail")
    assert told["variants"]["items"][0]["activities"] == ["desk", "net", "desk"]


async def test_arrival_and_repeats_decide_nothing_and_a_gap_is_counted(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    story = bounced()
    await hear(db, story.told[3:])
    gap = await flow(manager)
    assert (gap["cases"], gap["excluded"]["incomplete"]) == (0, 1)
    await hear(db, [*story.told[::-1], *story.told])
    backwards = await flow(manager)
    assert backwards["variants"]["items"][0]["activities"][-2:] == ["in_progress", "resolved"]
    assert (backwards["cases"], backwards["events"], backwards["rework"]["times"]) == (1, 5, 2)


async def test_a_change_that_skips_its_approval_is_named(manager: httpx2.AsyncClient, db: Database) -> None:
    skipped = ChangeStory(number="CHG-000009").then(5, "implement").then(9, "review").then(12, "closed")
    await hear(db, [*skipped.told, *ChangeStory(change_type="standard").then(5, "scheduled").told])
    told = (await flow(manager, "change"))["conformance"]
    shown = [{"record": str(skipped.subject), "name": "CHG-000009"}]
    illegal = {"from": "new", "to": "implement", "count": 1, "records": shown}
    assert told == {"conforming": 1, "share": 0.5, "illegal": [illegal]}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("colour=red", "unknown_parameter"),
        ("group_by=service", "unknown_parameter"),
        ("activity=mood", "invalid_parameter"),
        ("from=yesterday", "invalid_parameter"),
        ("from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z", "empty_period"),
        ("activity=status&activity=status", "parameter_repeated"),
        ("service=%00", "nul_character"),
    ],
)
async def test_a_question_that_is_not_understood_is_refused(
    manager: httpx2.AsyncClient, asked: str, code: str
) -> None:
    answer = await manager.get(f"/v1/flow/incident?{asked}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_there_is_no_flow_of_what_has_no_lifecycle(manager: httpx2.AsyncClient) -> None:
    assert (await manager.get("/v1/flow/weather")).status_code == 404


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most two cases, one in memory at once."""
    monkeypatch.setattr(queries, "MOST", 2)
    monkeypatch.setattr(queries, "AT_ONCE", 1)


@pytest.mark.usefixtures("few")
async def test_too_many_cases_are_refused_with_what_to_do(manager: httpx2.AsyncClient, db: Database) -> None:
    await hear_stories(db, bounced(), Story(5))
    assert (await flow(manager))["cases"] == 2
    await hear_stories(db, Story(90))
    answer = await manager.get(f"/v1/flow/incident?{query({'from': at(0), 'to': at(99)}.items())}")
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_cases")
    assert "narrow it" in answer.json()["detail"]
    assert (await flow(manager, to=at(90)))["cases"] == 2


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_those_who_read_figures_read_flow(manager: httpx2.AsyncClient, role: str) -> None:
    headers = {"authorization": f"Bearer acme.someone.{role}"}
    answer = await manager.get("/v1/flow/incident", headers=headers)
    assert (answer.status_code == 200) is (role != "requester")

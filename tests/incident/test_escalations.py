"""Escalations: what the rules do when a clock reaches a threshold, and that they do it once."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_events import opaque
from support.escalations import escalations, hear, reached, rule
from support.eventually import until
from support.service_levels import agree, calendar, follow, later, policy, settle

from .conftest import Person

HOUR = [{"measure": "resolve", "seconds": 3600}]


@pytest.fixture
def manager(person: Callable[..., Person]) -> Person:
    return person("mona", "manager")


@pytest.fixture
async def agreed(db: Database) -> None:
    await agree(db, calendar(), policy(targets=HOUR))


async def defines(manager: Person, key: str = "late", threshold: int = 100, **actions: Any) -> Any:
    answer = await manager.call("POST", "/v1/escalation-rules", rule(key, threshold, **actions))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def passes(db: Database, hours: float = 2) -> None:
    """So many hours go by for the clocks."""
    await follow(db)
    await settle(db, later(hours))


async def said(db: Database, what: str) -> list[dict[str, Any]]:
    """The envelopes of one type, in order."""
    rows = await db.fetch("SELECT envelope FROM event WHERE type = $1 ORDER BY recorded_at, id", what)
    return [json.loads(row["envelope"]) for row in rows]


async def applied(db: Database) -> list[dict[str, Any]]:
    return [each["data"] for each in await said(db, "itsm.escalation.applied.v1")]


def altered(event: Received, **attributes: Any) -> Received:
    """The event with other attributes of the envelope."""
    told = event.envelope.model_dump(mode="json") | attributes
    return decode(json.dumps(told).encode(), None)


def outcomes(told: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    return told["reassigned"], told["flagged"], told["notified"]


@pytest.mark.usefixtures("agreed")
async def test_a_breach_reassigns_raises_the_flag_and_asks_for_a_notification(
    manager: Person, agent: Person, carl: Person, db: Database
) -> None:
    made = await defines(
        manager,
        reassign={"assignment_group": "duty", "assignee": "dora"},
        flag={"level": 2},
        notify={"people": ["mona"], "groups": ["board"], "roles": ["assignment_group", "caller"]}
        | {"template": "breach", "words": "Please look."},
    )
    incident = await carl.opens(service="mail")
    await passes(db)
    await escalations(db)
    now = await agent.get(f"/v1/incidents/{incident['id']}")
    assert (now["assignment_group"], now["assignee"], now["status"]) == ("duty", "dora", "new")
    assert (now["escalation_level"], now["version"]) == (2, 3)
    assert now["acknowledged_at"] is not None
    assert (incident["escalation_level"], incident["escalated_at"]) == (0, None)
    cause = {"rule": "late", "rule_version": 1, "policy": "gold", "measure": "resolve", "threshold": 100}
    (moved,) = await said(db, "itsm.incident.assigned.v1")
    (raised,) = await said(db, "itsm.incident.escalated.v1")
    assert moved["actor"] == raised["actor"] == opaque("acme", "system:escalation")
    assert moved["data"]["escalation"] == raised["data"]["escalation"] == cause
    assert (raised["sequence"], raised["data"]["escalated_at"]) == (3, now["escalated_at"])
    (told,) = await applied(db)
    assert outcomes(told) == ("done", "done", "done")
    assert (told["rule"], told["rule_version"], told["record"]) == ("late", 1, incident["id"])
    (asked,) = await said(db, "itsm.notification.requested.v1")
    data = asked["data"]
    assert data["people"] == [opaque("acme", "mona"), opaque("acme", "carl")]
    assert (data["groups"], data["reason"], data["template"]) == (["board", "duty"], "sla_breached", "breach")
    assert (data["record"], data["number"], data["words"]) == (
        incident["id"],
        incident["number"],
        "Please look.",
    )
    assert (data["context"]["rule_version"], data["context"]["escalation_level"]) == (made["version"], 2)
    timeline = await agent.get(f"/v1/incidents/{incident['id']}/timeline")
    types = Counter(each["type"].split(".")[1] for each in timeline["items"])
    assert types == {"incident": 3, "sla_clock": 5, "escalation": 1, "notification": 1}
    by_name = next(each for each in timeline["items"] if each["type"] == "itsm.notification.requested.v1")
    assert (by_name["data"]["people"], by_name["actor"]) == (["mona", "carl"], "system:escalation")
    shown = {each["type"] for each in (await carl.get(f"/v1/incidents/{incident['id']}/timeline"))["items"]}
    assert "itsm.incident.escalated.v1" in shown
    assert not shown & {"itsm.notification.requested.v1", "itsm.escalation.applied.v1"}


@pytest.mark.usefixtures("agreed")
async def test_only_the_thresholds_services_and_priorities_of_the_match_count(
    manager: Person, agent: Person, db: Database
) -> None:
    wanted = {"threshold": 75, "services": ["mail"], "priorities": ["P2"], "policies": ["gold"]}
    await manager.call("POST", "/v1/escalation-rules", rule() | {"match": wanted | {"kind": "sla"}})
    await manager.call("POST", "/v1/escalation-rules", rule("ola") | {"match": wanted | {"kind": "ola"}})
    fits = await agent.opens(service="mail")
    await agent.opens(service="print")
    await agent.opens(service="mail", impact="low")
    await passes(db)
    await escalations(db)
    assert [(told["record"], told["threshold"]) for told in await applied(db)] == [(fits["id"], 75)]
    listed = await agent.get("/v1/incidents?escalation_level__gte=1&sort=-escalated_at")
    assert [each["id"] for each in listed["items"]] == [fits["id"]]
    ranked = await agent.get("/v1/incidents?sort=-escalation_level,opened_at")
    assert [each["escalation_level"] for each in ranked["items"]] == [1, 0, 0]
    first = await agent.get("/v1/incidents?sort=escalated_at&limit=1")
    assert [each["id"] for each in first["items"]] == [fits["id"]]
    rest = await agent.get(f"/v1/incidents?sort=escalated_at&limit=2&cursor={first['next']}")
    assert [each["escalated_at"] for each in rest["items"]] == [None, None]


@pytest.mark.usefixtures("agreed")
async def test_repeats_reordering_and_two_consumers_escalate_once(
    manager: Person, agent: Person, db: Database
) -> None:
    for n, threshold in enumerate((50, 75, 90, 100), 1):
        await defines(
            manager,
            f"at-{threshold}",
            threshold,
            reassign={"assignment_group": f"group {n}"},
            flag={"level": n},
            notify={"groups": ["board"], "template": "late"},
        )
    opened = [await agent.opens() for _ in range(10)]
    await passes(db)
    events = await reached(db)
    backwards = list(reversed(events))
    await asyncio.gather(*(hear(db, each) for each in (backwards, events, events + events)))
    for event in events:
        await hear(db, [event, altered(event, id=str(new_id()))])
    counts = Counter((told["record"], told["threshold"]) for told in await applied(db))
    assert counts == {(each["id"], threshold): 1 for each in opened for threshold in (50, 75, 90, 100)}
    assert len(await said(db, "itsm.notification.requested.v1")) == 40
    for each in (await agent.get("/v1/incidents"))["items"]:
        assert (each["assignment_group"], each["escalation_level"]) == ("group 4", 4)


@pytest.mark.usefixtures("agreed")
async def test_a_lower_threshold_that_comes_late_reassigns_no_more(
    manager: Person, agent: Person, db: Database
) -> None:
    await defines(manager, "early", 50, reassign={"assignment_group": "second"}, flag={"level": 1})
    await defines(manager, "late", 100, reassign={"assignment_group": "duty"})
    incident = await agent.opens()
    await passes(db)
    for event in reversed(await reached(db)):
        await hear(db, [event])
    late, early = await applied(db)
    assert (outcomes(late), outcomes(early)) == (("done", None, None), ("moved_on", "done", None))
    assert early["moved_on"] == "A higher threshold of the clock has reassigned it already."
    now = await agent.get(f"/v1/incidents/{incident['id']}")
    assert (now["assignment_group"], now["escalation_level"]) == ("duty", 1)


@pytest.mark.usefixtures("agreed")
async def test_an_incident_that_has_moved_on_is_told_about_and_left_alone(
    manager: Person, agent: Person, db: Database
) -> None:
    await defines(
        manager,
        reassign={"assignment_group": "duty"},
        flag={"level": 1},
        notify={"roles": ["assignee"], "words": "Too late."},
    )
    incident = await agent.opens()
    await passes(db)
    await agent.resolves(incident)
    await escalations(db)
    (told,) = await applied(db)
    assert outcomes(told) == ("moved_on", "moved_on", "nobody")
    assert told["moved_on"] == "The incident is resolved by now."
    now = await agent.get(f"/v1/incidents/{incident['id']}")
    assert (now["assignment_group"], now["escalation_level"], now["version"]) == (None, 0, 2)


@pytest.mark.usefixtures("agreed")
async def test_a_group_that_has_the_incident_keeps_its_person_and_another_gets_it_unassigned(
    manager: Person, agent: Person, db: Database
) -> None:
    await defines(manager, reassign={"assignment_group": "duty"}, flag={"level": 1})
    there, elsewhere = await agent.opens(), await agent.opens()
    for incident, group in ((there, "duty"), (elsewhere, "desk")):
        body = {"assignment_group": group, "assignee": "anna"}
        await agent.call("POST", f"/v1/incidents/{incident['id']}/assign", body)
    await passes(db)
    await escalations(db)
    by_record = {told["record"]: told["reassigned"] for told in await applied(db)}
    assert by_record == {there["id"]: "unchanged", elsewhere["id"]: "done"}
    hands = {each["id"]: each["assignee"] for each in (await agent.get("/v1/incidents"))["items"]}
    assert hands == {there["id"]: "anna", elsewhere["id"]: None}


@pytest.mark.usefixtures("agreed")
async def test_rules_count_from_when_they_were_defined_changed_and_retired(
    manager: Person, agent: Person, db: Database
) -> None:
    made = await defines(manager, "first", 50, flag={"level": 1})
    await defines(manager, "third", 90, flag={"level": 8})
    await agent.opens()
    await passes(db, 0.6)
    await defines(manager, "second", 50, flag={"level": 9})
    path = "/v1/escalation-rules/first"
    await manager.call("PATCH", path, {"actions": {"flag": {"level": 3}}}, If_Match="*")
    await hear(db, [altered(event, recordedtime=made["created_at"]) for event in await reached(db)])
    assert [(told["rule"], told["rule_version"]) for told in await applied(db)] == [("first", 2)]
    await manager.call("PATCH", path, {"match": {"threshold": 75}}, If_Match="*")
    third = "/v1/escalation-rules/third"
    await manager.call("PATCH", third, {"match": {"threshold": 50}}, If_Match="*")
    await manager.call("PATCH", "/v1/escalation-rules/second", {"active": False}, If_Match="*")
    await escalations(db)
    await passes(db)
    await escalations(db)
    found = [(told["rule"], told["rule_version"], told["threshold"]) for told in await applied(db)]
    assert found == [("first", 2, 50), ("first", 3, 75)]
    assert [each["escalation_level"] for each in (await agent.get("/v1/incidents"))["items"]] == [3]


async def test_imported_history_escalates_nothing_until_something_new_falls_due(
    manager: Person, person: Callable[..., Person], db: Database
) -> None:
    day = [{"measure": "resolve", "seconds": 86400}]
    await agree(db, calendar(), policy(targets=day))
    for threshold in (50, 75, 90, 100):
        await defines(manager, f"at-{threshold}", threshold)
    mover = person("mover", "service")
    opened = clock.now() - timedelta(hours=20)
    line = {"external_id": "A-1", "title": "Old", "opened_at": opened.isoformat(), "impact": "high"}
    answer = await mover.client.post(
        "/v1/incidents:import",
        content=json.dumps(line | {"urgency": "high", "history": []}).encode(),
        headers={"Authorization": f"Bearer {mover.token}", "Content-Type": "application/x-ndjson"},
    )
    assert answer.json()["status"] == "created", answer.text
    await passes(db, 1)
    await escalations(db)
    assert (len(await reached(db)), await applied(db)) == (2, [])
    await passes(db, 5)
    await escalations(db)
    assert sorted(told["threshold"] for told in await applied(db)) == [90, 100]


WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.mark.usefixtures("agreed")
async def test_an_agents_edit_that_was_first_is_seen_and_not_overwritten(
    manager: Person, agent: Person, db: Database
) -> None:
    await defines(manager, reassign={"assignment_group": "duty"})
    incident = await agent.opens()
    await passes(db)
    path = f"/v1/incidents/{incident['id']}"

    async def so_many_wait(count: int) -> None:
        async def waiting() -> bool:
            return bool(await db.fetchval(WAITING) == count)

        await until(waiting)

    async with db.transaction() as conn:
        await conn.execute("SELECT 1 FROM incident FOR UPDATE")
        edit = asyncio.create_task(agent.call("PATCH", path, {"location": "Room 7"}, If_Match='"1"'))
        await so_many_wait(1)
        rules = asyncio.create_task(escalations(db))
        await so_many_wait(2)
    assert (await edit).status_code == 200
    await rules
    now = await agent.get(path)
    assert (now["location"], now["assignment_group"], now["version"]) == ("Room 7", "duty", 3)
    late = await agent.call("PATCH", path, {"location": "Room 8"}, If_Match='"2"')
    assert late.status_code == 412


@pytest.mark.usefixtures("agreed")
async def test_a_flag_survives_what_happens_to_the_incident_its_parent_and_its_end(
    manager: Person, agent: Person, db: Database
) -> None:
    await defines(manager, flag={"level": 2})
    parent = await agent.opens()
    child = await agent.opens(parent_id=parent["id"])
    await passes(db)
    await escalations(db)
    await agent.moves(parent, "in_progress")
    moved = await agent.get(f"/v1/incidents/{child['id']}")
    assert (moved["status"], moved["escalation_level"]) == ("in_progress", 2)
    ended = await agent.resolves(child)
    assert (ended["escalation_level"], ended["escalated_at"]) == (2, moved["escalated_at"])


@pytest.mark.usefixtures("agreed")
async def test_sla_shows_which_rules_have_acted_and_which_will(
    manager: Person, agent: Person, carl: Person, db: Database
) -> None:
    await defines(manager, "half", 50, flag={"level": 1})
    await defines(manager, "late", 100, reassign={"assignment_group": "duty"})
    incident = await carl.opens()
    await passes(db, 0.6)
    await escalations(db)
    path = f"/v1/incidents/{incident['id']}/sla"
    (shown,) = (await agent.get(path))["clocks"]
    marks = {mark["percent"]: mark["escalations"] for mark in shown["thresholds"]}
    assert (marks[75], marks[90]) == ([], [])
    (half,), (late,) = marks[50], marks[100]
    assert (half["rule"], half["flagged"], late["rule"], late["applied_at"]) == ("half", "done", "late", None)
    assert half["applied_at"] is not None
    (shown,) = (await carl.get(path))["clocks"]
    assert [mark["escalations"] for mark in shown["thresholds"]] == [[], [], [], []]


@pytest.mark.usefixtures("agreed")
async def test_a_threshold_of_a_record_that_is_not_ours_does_nothing(
    manager: Person, agent: Person, person: Callable[..., Person], db: Database
) -> None:
    await defines(manager)
    await defines(person("eve", "manager", "other"))
    await agent.opens()
    await passes(db)
    await hear(db, [altered(event, tenant="other") for event in await reached(db)])
    assert await applied(db) == []

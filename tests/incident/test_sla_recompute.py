"""Counting clocks anew: no difference without new versions, every one of them with, and what-if."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from itsm_chassis.store.database import Database
from support.service_levels import agree, calendar, follow, later, policy, settle, told

from .conftest import Person

HOUR = [{"measure": "resolve", "seconds": 3600, "priority": None, "service": None}]


@pytest.fixture
def manager(person: Callable[..., Person]) -> Person:
    return person("mona", "manager")


async def asks(manager: Person, verb: str, **body: Any) -> tuple[list[Any], Any]:
    """The lines about records, and the totals."""
    answer = await manager.call("POST", f"/v1/sla:{verb}", body)
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()]
    progress = [line["progress"] for line in lines if "progress" in line]
    assert not progress or progress[-1]["records"] == progress[-1]["of"]
    return [line for line in lines if "differences" in line], lines[-1]["totals"]


async def lives(agent: Person, db: Database) -> list[Any]:
    """Three incidents in different states."""
    opened = [await agent.opens() for _ in range(3)]
    await agent.moves(opened[1], "in_progress")
    await agent.moves(opened[1], "on_hold", reason="vendor")
    await agent.resolves(opened[2])
    await follow(db)
    await settle(db)
    return opened


async def test_unchanged_agreements_make_no_difference(agent: Person, manager: Person, db: Database) -> None:
    await agree(db, calendar(), policy())
    await lives(agent, db)
    said = await told(db)
    for apply in (False, True):
        lines, totals = await asks(manager, "recompute", apply=apply)
        assert lines == []
        assert (totals["records"], totals["changed"], totals["clocks"]["after"]) == (3, 0, 6)
    assert await told(db) == said


async def test_a_backdated_version_is_told_first_and_applied_once(
    agent: Person, manager: Person, db: Database
) -> None:
    await agree(db, calendar(), policy())
    opened = await lives(agent, db)
    await agree(db, policy(version=2, issued_at=later(0), valid_from=later(-9), targets=HOUR))
    await settle(db)
    before = await told(db)
    lines, totals = await asks(manager, "recompute")
    assert (totals["changed"], totals["applied"], await told(db)) == (3, False, before)
    sentences = {each["sentence"] for line in lines for each in line["differences"]}
    assert "resolve by policy gold (event 1): target_s 4 h -> 1 h." in sentences
    assert any("the clock falls away" in sentence for sentence in sentences)
    again, totals = await asks(manager, "recompute", apply=True)
    assert (again, totals["applied"]) == (lines, True)
    new = (await told(db))[len(before) :] and set(await told(db)) - set(before)
    assert ("cancelled", 0) in new
    assert (await asks(manager, "recompute", apply=True))[0] == []
    shown = await agent.get(f"/v1/incidents/{opened[0]['id']}/sla")
    assert [(each["policy_version"], each["target_s"]) for each in shown["clocks"]] == [(2, 3600)]
    assert (await agent.get(f"/v1/incidents/{opened[0]['id']}"))["sla_due_at"] == shown["due_at"]
    await settle(db, later(2))
    assert ("breached", 100) in await told(db)


async def test_stored_clocks_that_were_tampered_with_are_found_and_mended(
    agent: Person, manager: Person, db: Database
) -> None:
    await agree(db, calendar(), policy())
    await lives(agent, db)
    await db.execute("UPDATE clock_set SET clocks = replace(clocks, '14400', '14401')")
    lines, _ = await asks(manager, "recompute", apply=True)
    assert {each["field"] for line in lines for each in line["differences"]} == {"target_s"}
    await db.execute(
        """UPDATE clock_set SET clocks = replace(clocks, '"business_us":0', '"business_us":1500000')"""
    )
    lines, _ = await asks(manager, "recompute", apply=True)
    told_apart = [(each["field"], each["before"]) for line in lines for each in line["differences"]]
    assert set(told_apart) == {("business_s", 1.5)}
    assert (await asks(manager, "recompute"))[0] == []


async def test_incidents_from_before_the_clocks_get_theirs(
    agent: Person, manager: Person, db: Database
) -> None:
    await agent.opens()
    await agree(db, calendar(), policy(issued_at=later(0)))
    lines, totals = await asks(manager, "recompute", apply=True)
    assert (len(lines), totals["clocks"]["after"]) == (1, 2)
    assert sorted(await told(db)) == [("attached", 0)] * 2


async def test_what_if_tells_what_would_have_been_breached_and_stores_nothing(
    agent: Person, manager: Person, db: Database
) -> None:
    await agree(db, calendar(), policy(targets=HOUR))
    await lives(agent, db)
    said = await told(db)
    draft = {"key": "gold", "kind": "sla", "calendar": "always", "valid_from": "2020-01-01T00:00:00Z"}
    none = [{"measure": "resolve", "seconds": 1}]
    lines, totals = await asks(manager, "dry-run", policies=[draft | {"targets": HOUR, "name": "gold"}])
    assert {each["field"] for line in lines for each in line["differences"]} == {"policy_version"}
    await settle(db, later(0))
    lines, totals = await asks(manager, "dry-run", policies=[draft | {"targets": none}])
    assert (totals["records"], totals["changed"]) == (3, 3)
    assert await told(db) == said
    day = {"key": "always", "zone": "UTC", "valid_from": "2020-01-01T00:00:00Z"}
    closed = {"on": "2026-12-25", "name": "Christmas"}
    weekly = {"friday": [{"opens": "01:00", "closes": "02:00"}]}
    lines, _ = await asks(manager, "dry-run", calendars=[day | {"weekly": weekly, "holidays": [closed]}])
    assert "calendar_version" in {each["field"] for line in lines for each in line["differences"]}


async def test_a_malformed_draft_is_refused_with_every_finding(manager: Person) -> None:
    answer = await manager.call("POST", "/v1/sla:dry-run", {"policies": [{"key": "gold", "kind": "best"}]})
    assert answer.status_code == 422
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert {"/policies/0/kind", "/policies/0/targets", "/policies/0/calendar"} <= pointers
    assert (await manager.call("POST", "/v1/sla:dry-run", {})).status_code == 422


async def test_a_draft_that_would_silently_give_no_clock_is_refused(manager: Person, db: Database) -> None:
    await agree(db, calendar())
    draft = {"key": "new", "kind": "sla", "targets": HOUR, "valid_from": "2021-01-01T00:00:00Z"}
    weekly = {"friday": [{"opens": "01:00", "closes": "02:00"}]}
    late = {"key": "late", "zone": "UTC", "weekly": weekly, "valid_from": "2022-01-01T00:00:00Z"}
    policies = [draft | {"calendar": name} for name in ("always", "nowhere", "late")]
    for n, policy_ in enumerate(policies):
        policy_["key"] = f"new-{n}"
    answer = await manager.call("POST", "/v1/sla:dry-run", {"policies": policies, "calendars": [late]})
    assert answer.status_code == 422
    found = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert found == [
        ("/policies/1/calendar", "unknown_calendar"),
        ("/policies/2/valid_from", "before_calendar"),
    ]


async def test_a_stream_of_lines_is_kept_for_no_key_and_the_document_does_not_say_so(
    manager: Person,
) -> None:
    document = await manager.get("/openapi.json")
    for verb in ("recompute", "dry-run"):
        names = {each["name"] for each in document["paths"][f"/v1/sla:{verb}"]["post"]["parameters"]}
        assert "Idempotency-Key" not in names
    answer = await manager.call("POST", "/v1/sla:recompute", {}, Idempotency_Key="once")
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (200, False)


async def test_only_managers_recompute_and_only_their_tenant(
    agent: Person, person: Callable[..., Person], db: Database
) -> None:
    await agent.opens()
    assert (await agent.call("POST", "/v1/sla:recompute", {})).status_code == 403
    assert (await asks(person("eve", "manager", "other"), "recompute"))[1]["records"] == 0

"""SLA clocks of live incidents: attached, followed, fired, shown."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from itsm_incident.projections import settling
from itsm_incident.projections.timekeeper import Timekeeper
from itsm_incident.rules.clock_fold import agreements
from itsm_sla.moment import History
from support.eventually import until
from support.service_levels import agree, calendar, follow, later, policy, settle, told

from .conftest import Person

FIRED = [("threshold_reached", 50), ("threshold_reached", 75), ("threshold_reached", 90), ("breached", 100)]


async def test_clocks_attach_and_show_beside_the_version(agent: Person, db: Database) -> None:
    await agree(db, calendar(), policy())
    incident = await agent.opens()
    assert (incident["sla_due_at"], incident["sla_state"]) == (None, "none")
    await follow(db)
    assert await settle(db) == 1
    shown = await agent.get(f"/v1/incidents/{incident['id']}")
    opened = datetime.fromisoformat(incident["opened_at"])
    assert datetime.fromisoformat(shown["sla_due_at"]) == opened + timedelta(hours=1)
    assert (shown["sla_state"], shown["version"]) == ("running", 1)
    started = await agent.moves(incident, "in_progress")
    assert (started["sla_due_at"], started["version"]) == (shown["sla_due_at"], 2)
    await follow(db)
    await settle(db)
    listed = await agent.get("/v1/incidents?sla_state=running&sort=sla_due_at")
    assert [datetime.fromisoformat(each["sla_due_at"]) for each in listed["items"]] == [
        opened + timedelta(hours=4)
    ]
    assert sorted(await told(db)) == [("attached", 0), ("attached", 0), ("completed", 0)]


async def test_the_list_pages_by_due_date_with_those_without_one_last(agent: Person, db: Database) -> None:
    await agree(db, calendar(), policy(services=["mail"]))
    ids = [(await agent.opens(service="mail" if n % 2 else None))["id"] for n in range(6)]
    await follow(db)
    await settle(db)
    found, path = [], "/v1/incidents?sort=sla_due_at&limit=2"
    page = await agent.get(path)
    while True:
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        page = await agent.get(f"{path}&cursor={page['next']}")
    assert found == ids[1::2] + sorted(ids[0::2])
    due = await agent.get(f"/v1/incidents?sla_due_at__lt={later(2).isoformat().replace('+', '%2B')}")
    assert {each["id"] for each in due["items"]} == set(ids[1::2])


async def test_statements_stay_two_for_a_create_and_one_for_reads(
    agent: Person, db: Database, statements: list[str]
) -> None:
    incident = await agent.opens()
    del statements[:]
    incident = await agent.opens()
    assert len(statements) == 1
    del statements[:]
    await agent.get(f"/v1/incidents/{incident['id']}")
    await agent.get("/v1/incidents?sla_state=none&sort=sla_due_at")
    assert len(statements) == 2


async def test_sla_and_its_explanation_are_fresh_before_any_clock_was_followed(
    agent: Person, db: Database
) -> None:
    await agree(db, calendar(), policy())
    incident = await agent.opens()
    await agent.moves(incident, "in_progress")
    await agent.moves(incident, "on_hold", reason="vendor")
    shown = await agent.get(f"/v1/incidents/{incident['number']}/sla")
    by_measure = {each["measure"]: each for each in shown["clocks"]}
    assert (by_measure["respond"]["state"], by_measure["respond"]["verdict"]) == ("completed", "met")
    assert (by_measure["resolve"]["state"], by_measure["resolve"]["due_at"]) == ("paused", None)
    assert shown["tightest"] == by_measure["resolve"]["id"]
    explained = await agent.get(f"/v1/incidents/{incident['id']}/sla/explain")
    resolve = next(each for each in explained["clocks"] if each["measure"] == "resolve")
    assert [each["kind"] for each in resolve["intervals"]] == ["running", "paused"]
    assert resolve["intervals"][0]["ended_by"]["status"] == "on_hold"
    assert "paused (vendor)" in resolve["intervals"][1]["sentence"]


async def test_a_requester_sees_the_clocks_of_the_own_incidents_only(
    agent: Person, carl: Person, person: Callable[..., Person], db: Database
) -> None:
    await agree(db, calendar(), policy())
    mine, other = await carl.opens(), await agent.opens()
    assert len((await carl.get(f"/v1/incidents/{mine['id']}/sla"))["clocks"]) == 2
    for path in (f"/v1/incidents/{other['id']}/sla", f"/v1/incidents/{other['id']}/sla/explain"):
        assert (await carl.call("GET", path)).status_code == 404
    stranger = person("eve", "agent", "other")
    assert (await stranger.call("GET", f"/v1/incidents/{mine['id']}/sla")).status_code == 404


async def test_the_agreements_of_one_tenant_are_no_other_s(
    person: Callable[..., Person], db: Database
) -> None:
    await agree(db, calendar(), policy(), tenant="acme")
    elsewhere = person("eve", "agent", "other")
    incident = await elsewhere.opens()
    await follow(db)
    await settle(db)
    assert (await elsewhere.get(f"/v1/incidents/{incident['id']}"))["sla_state"] == "none"
    assert (await elsewhere.get(f"/v1/incidents/{incident['id']}/sla"))["clocks"] == []
    assert await told(db) == []


async def test_thresholds_fire_once_each_dated_when_they_fell_due(agent: Person, db: Database) -> None:
    await agree(db, calendar(), policy(targets=[{"measure": "resolve", "seconds": 3600}]))
    incident = await agent.opens()
    await follow(db)
    await settle(db)
    assert await settle(db, later(0.9)) == 1
    assert await settle(db, later(5)) == 1
    assert await settle(db, later(50)) == 0
    assert await told(db, kind="%") == [("attached", 0), *FIRED]
    row = await db.fetchrow("SELECT envelope FROM event WHERE type = 'itsm.sla_clock.breached.v1'")
    assert row is not None
    said = json.loads(row["envelope"])
    due = datetime.fromisoformat(incident["opened_at"]) + timedelta(hours=1)
    assert datetime.fromisoformat(said["time"]) == datetime.fromisoformat(said["data"]["due"]) == due
    assert (said["data"]["breached"], said["data"]["business_s"], said["sequence"]) == (True, 3600.0, 5)
    shown = await agent.get(f"/v1/incidents/{incident['id']}")
    assert (shown["sla_state"], shown["version"]) == ("overdue", 1)


async def test_many_timekeepers_on_one_database_say_nothing_twice_and_miss_nothing(
    agent: Person, db: Database
) -> None:
    await agree(db, calendar(), policy(targets=[{"measure": "resolve", "seconds": 3600}]))
    for _ in range(40):
        await agent.opens()
    keepers = [asyncio.create_task(Timekeeper(lambda: later(9)).run(db)) for _ in range(3)]
    try:
        for _ in range(3):
            await follow(db)
        await until(
            lambda: db.fetchval("SELECT count(*) = 40 FROM event WHERE type = 'itsm.sla_clock.breached.v1'")
        )
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
    await follow(db)
    await settle(db, later(10))
    assert sorted(await told(db)) == sorted([("attached", 0), *FIRED] * 40)


async def test_a_clock_that_stands_still_and_then_leaps_fires_everything_once(
    agent: Person, db: Database
) -> None:
    await agree(db, calendar(), policy(targets=[{"measure": "resolve", "seconds": 600}]))
    stopped = clock.now() + timedelta(seconds=299)
    await agent.opens()
    await follow(db)
    for _ in range(5):
        await settle(db, stopped)
    assert await told(db) == [("attached", 0)]
    await settle(db, stopped + timedelta(minutes=10))
    await settle(db, stopped + timedelta(minutes=10))
    assert await told(db) == [("attached", 0), *FIRED]


async def test_a_timekeeper_that_dies_in_the_middle_has_said_nothing(agent: Person, db: Database) -> None:
    await agree(db, calendar(), policy())
    await agent.opens()
    await follow(db)

    async def half_done() -> None:
        async with db.transaction() as conn:
            assert await settling.settle(conn, later(9)) == 1
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await half_done()
    assert await told(db) == []
    await settle(db, later(9))
    assert len(await told(db)) == 10


async def test_a_policy_that_arrives_late_gives_the_same_clocks(
    person: Callable[..., Person], db: Database
) -> None:
    issued = clock.now()
    agreed = (calendar(issued_at=issued), policy(issued_at=issued, valid_from=issued))
    desks = [person("anna", "agent", "early"), person("anna", "agent", "late")]
    await agree(db, *agreed, tenant="early")
    for desk in desks:
        for _ in range(3):
            incident = await desk.opens()
            await desk.moves(incident, "in_progress")
            await follow(db)
            await settle(db)
            await desk.moves(incident, "on_hold", reason="vendor")
            await desk.resolves(incident)
    await follow(db)
    await settle(db)
    for each in reversed(agreed):
        await agree(db, each, tenant="late")
    await settle(db)
    kinds = [
        await db.fetch(
            "SELECT type, sequence FROM event WHERE tenant = $1 AND type LIKE '%clock%' ORDER BY 1, 2", t
        )
        for t in ("early", "late")
    ]
    assert kinds[0] == kinds[1]
    assert len(kinds[0]) == 3 * 5
    states = await db.fetch("SELECT DISTINCT sla_state FROM incident")
    assert [row["sla_state"] for row in states] == ["met"]


async def test_backdating_a_version_changes_nothing_without_a_recompute(agent: Person, db: Database) -> None:
    await agree(db, calendar(), policy())
    await agent.opens()
    await follow(db)
    await settle(db)
    shorter = [{"measure": "resolve", "seconds": 60}]
    await agree(db, policy(version=2, valid_from=later(-9), issued_at=later(0), targets=shorter))
    await settle(db)
    assert await told(db) == [("attached", 0)] * 2


async def test_a_record_that_cannot_be_counted_does_not_stop_the_others(
    agent: Person, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await agree(db, calendar(), policy())
    bad, good = await agent.opens(service="mail"), await agent.opens()

    def counts_all_but_mail(history: History, *levels: Any) -> Any:
        if history.moments[0].service == "mail":
            raise KeyError("mail")
        return agreements(history, *levels)

    monkeypatch.setattr(settling, "agreements", counts_all_but_mail)
    await follow(db)
    await settle(db)
    assert (await agent.get(f"/v1/incidents/{good['id']}"))["sla_state"] == "running"
    assert (await agent.get(f"/v1/incidents/{bad['id']}"))["sla_state"] == "none"
    waits = await db.fetchval("SELECT recount_at > now() FROM clock_set WHERE recount_at IS NOT NULL")
    assert waits is True
    monkeypatch.undo()
    await settle(db, later(0.1))
    assert (await agent.get(f"/v1/incidents/{bad['id']}"))["sla_state"] == "running"


async def test_a_stored_version_that_the_engine_no_longer_takes_stops_no_other(
    agent: Person, db: Database
) -> None:
    await agree(db, calendar(), policy(), policy("odd"))
    await db.execute("UPDATE service_level SET form = replace(form, 'resolve', 'revolve') WHERE key = 'odd'")
    incident = await agent.opens()
    await follow(db)
    await settle(db)
    assert {
        each["policy"] for each in (await agent.get(f"/v1/incidents/{incident['id']}/sla"))["clocks"]
    } == {"gold"}


async def test_without_agreements_no_history_is_read(
    agent: Person, db: Database, statements: list[str]
) -> None:
    incident = await agent.opens()
    await agent.moves(incident, "in_progress")
    issued = datetime.fromisoformat(incident["opened_at"])
    await follow(db)
    del statements[:]
    await settle(db)
    assert not [statement for statement in statements if "envelope" in statement]
    await agree(db, calendar(), policy(issued_at=issued))
    await settle(db)
    assert sorted(await told(db)) == [("attached", 0), ("attached", 0), ("completed", 0)]
    stored = await db.fetchval("SELECT known_at FROM clock_set")
    assert stored == datetime.fromisoformat(incident["created_at"])


async def test_a_long_history_is_counted_apart_and_keeps_nobody_waiting(
    person: Callable[..., Person], agent: Person, db: Database
) -> None:
    await agree(db, calendar(), policy())
    start = datetime.fromisoformat("2026-01-05T08:00:00Z")
    states = [{"to": "in_progress"}, {"to": "on_hold", "reason": "vendor"}] * 101
    history = [{"at": (start + timedelta(minutes=n)).isoformat(), **state} for n, state in enumerate(states)]
    line = {"external_id": "long", "title": "Long", "opened_at": start.isoformat(), "history": history}
    mover = person("mover", "service")
    answer = await mover.client.post(
        "/v1/incidents:import",
        content=json.dumps(line | {"impact": "high", "urgency": "high"}).encode(),
        headers={"Authorization": f"Bearer {mover.token}", "Content-Type": "application/x-ndjson"},
    )
    assert answer.json()["status"] == "created", answer.text
    short = await agent.opens()
    await follow(db)
    assert await settle(db) == 1
    assert (await agent.get(f"/v1/incidents/{short['id']}"))["sla_state"] == "running"
    path = f"/v1/incidents/{answer.json()['id']}"
    assert (await agent.get(path))["sla_state"] == "none"
    assert await settling.settle_long(db, clock.now())
    assert (await agent.get(path))["sla_state"] == "paused"
    assert not await settling.settle_long(db, clock.now())

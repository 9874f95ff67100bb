"""The first time that is free, and what pipelines are told at the gate."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from itsm_change.rules.conflicts import Booking, conflicts
from itsm_change.rules.graph import Graph
from itsm_change.rules.interval import Interval
from itsm_change.rules.slots import first_free
from itsm_change.rules.windows import Freeze, Window
from itsm_chassis import clock
from support.changes import NEW, WINDOW, hear, moved
from support.schedule import edge, nobody_asked
from support.services import Running

BASE = datetime(2030, 1, 7, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def booking(start: int, length: int, status: str = "scheduled", **fields: Any) -> Booking:
    period = Interval(BASE + start * QUARTER, BASE + (start + length) * QUARTER)
    return Booking(id=uuid4(), number="CHG", change_type="normal", status=status, period=period, **fields)


@pytest.mark.parametrize("seed", range(40))
def test_the_slot_is_the_first_time_that_has_no_conflict(seed: int) -> None:
    chance = random.Random(seed)
    names = ("i-1", "i-2", "i-3")
    others = [
        booking(chance.randrange(90), chance.randrange(1, 9), configuration_items=(chance.choice(names),))
        for _ in range(chance.randrange(20))
    ]

    def times(kind: type[Window]) -> list[Any]:
        made = []
        for number in range(chance.randrange(3)):
            start = BASE + chance.randrange(-20, 20) * QUARTER
            end = start + chance.randrange(1, 60 if kind is Window else 12) * QUARTER
            rule = chance.choice([None, "FREQ=DAILY"])
            on = (chance.choice(names),)
            made.append(
                kind(
                    id=UUID(int=number),
                    key=str(number),
                    name="",
                    configuration_items=on,
                    starts_at=start,
                    ends_at=end,
                    recurrence=rule,
                )
            )
        return made

    windows, freezes, wanted = times(Window), times(Freeze), chance.randrange(1, 8)
    change = booking(0, 96, "new", configuration_items=tuple(chance.sample(names, 2)))
    found = first_free(change, wanted * QUARTER, others, windows, freezes, Graph())
    free = (
        start
        for start in range(96 - wanted + 1)
        if not conflicts(
            booking(start, wanted, "new", configuration_items=change.configuration_items),
            others,
            [w for w in windows if w.over_at is None or w.over_at > BASE],
            freezes,
            Graph(),
        )
    )
    first = next(free, None)
    expected = None if first is None else BASE + first * QUARTER
    assert (found.start if found else None) == expected


async def test_the_first_free_slot_goes_round_other_changes_freezes_and_windows(change: Running) -> None:
    await nobody_asked(change)
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    await hear(change, edge("s-mail", "db"))
    booked = NEW | {"change_type": "emergency", "service": "s-mail"}
    one = await agent.creates(
        "/v1/changes", **booked, planned_start="2030-01-05T20:00:00Z", planned_end="2030-01-05T23:00:00Z"
    )
    await moved(agent, one, "authorize")
    await moved(agent, one, "scheduled")
    made = await agent.creates("/v1/changes", **NEW | WINDOW | {"configuration_items": ["db"]})
    path = f"/v1/changes/{made['number']}/first-free-slot"

    async def slot(query: str = "") -> Any:
        found = (await agent.get(path + query))["slot"]
        return found and found["starts_at"]

    assert await slot() == "2030-01-05T23:00:00Z"
    freeze = {"starts_at": "2030-01-05T22:00:00Z", "ends_at": "2030-01-07T00:00:00Z"}
    await manager.creates("/v1/freezes", key="f", name="F", services=["s-mail"], **freeze)
    assert await slot() == "2030-01-07T00:00:00Z"
    night = {
        "starts_at": "2030-01-01T02:00:00Z",
        "ends_at": "2030-01-01T05:00:00Z",
        "recurrence": "FREQ=DAILY",
    }
    await manager.creates("/v1/maintenance-windows", key="n", name="N", configuration_items=["db"], **night)
    assert await slot() == "2030-01-07T02:00:00Z"
    assert await slot("?duration_s=10800") == "2030-01-07T02:00:00Z"
    assert await slot("?duration_s=10860") is None
    assert await slot("?within=2030-01-09T03:30:00Z/2030-01-12T00:00:00Z") == "2030-01-10T02:00:00Z"
    for wrong in ("?duration_s=0", "?duration_s=86400000", "?within=tomorrow", "?when=now"):
        assert (await agent.call("GET", path + wrong)).status_code == 422, wrong
    bare = await agent.creates("/v1/changes", **NEW)
    assert (await agent.call("GET", f"/v1/changes/{bare['id']}/first-free-slot")).status_code == 422
    searched = await agent.get(f"/v1/changes/{bare['id']}/first-free-slot?duration_s=3600")
    assert searched["slot"]["starts_at"] == searched["searched"]["starts_at"]


def around_now(start: timedelta, end: timedelta) -> dict[str, str]:
    now = clock.now()
    return {"planned_start": (now + start).isoformat(), "planned_end": (now + end).isoformat()}


HOUR = timedelta(hours=1)


async def test_the_gate_denies_with_every_reason_and_allows_once_they_are_gone(change: Running) -> None:
    await nobody_asked(change)
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    freeze = await manager.creates(
        "/v1/freezes",
        key="f",
        name="F",
        starts_at="2020-01-01T00:00:00Z",
        ends_at="2020-12-31T00:00:00Z",
        recurrence="FREQ=YEARLY",
    )
    assert freeze["version"] == 1
    fields = NEW | {"change_type": "normal", "service": "s-mail"} | around_now(HOUR, 2 * HOUR)
    made = await agent.creates("/v1/changes", **fields)

    async def gate() -> Any:
        answer = await agent.call("POST", f"/v1/changes/{made['number']}/gate")
        assert answer.status_code == 200, answer.text
        return answer.json()

    denied = await gate()
    assert denied["decision"] == "deny"
    assert [each["code"] for each in denied["reasons"]] == ["state", "approval", "window", "freeze"]
    assert denied["reasons"][3]["other"] == "f"
    assert (await manager.call("POST", "/v1/freezes/f/cancel", None, If_Match="*")).is_success
    patch = around_now(-HOUR, HOUR)
    assert (await agent.call("PATCH", f"/v1/changes/{made['id']}", patch, If_Match="*")).is_success
    for to in ("assess", "authorize", "scheduled"):
        await moved(agent, made, to)
    assert await gate() == {"decision": "allow", "reasons": []}


async def test_a_service_without_a_change_is_asked_about_by_time_and_environment(change: Running) -> None:
    await nobody_asked(change)
    agent, pipeline = change.caller("agent"), change.caller("service", "pipeline")
    booked = await agent.creates(
        "/v1/changes", **NEW | WINDOW | {"change_type": "emergency", "configuration_items": ["db"]}
    )
    await moved(agent, booked, "authorize")
    await moved(agent, booked, "scheduled")
    await hear(change, edge("s-mail", "db"))

    async def asked(**body: Any) -> list[tuple[str, str]]:
        answer = await pipeline.call("POST", "/v1/gate", {"service": "s-mail"} | body)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["decision"] == ("deny" if told["reasons"] else "allow")
        return [(each["code"], each["other"]) for each in told["reasons"]]

    assert await asked() == []
    then = {"starts_at": "2030-01-05T21:00:00Z"}
    assert await asked(**then) == [("conflict", booked["number"])]
    assert await asked(**then, environment="staging") == []
    assert await asked(**then, service="s-web") == []
    assert await asked(starts_at=WINDOW["planned_end"]) == []
    for wrong in ({"ends_at": "2020-01-01T00:00:00Z"}, {"environment": "moon"}, {"service": ""}):
        assert (await pipeline.call("POST", "/v1/gate", {"service": "s-mail"} | wrong)).status_code == 422
    assert (await change.caller("requester").call("POST", "/v1/gate", {"service": "s"})).status_code == 403

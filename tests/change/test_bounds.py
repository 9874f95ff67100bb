"""Times at the edges of the calendar, and spans so long that working them out would hold up everybody."""

import asyncio
from time import perf_counter
from typing import Any

import pytest
from support.changes import NEW, WINDOW
from support.schedule import catch_up
from support.services import Running

EDGES = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
DEPLOYED = {
    "external_id": "b-1",
    "service": "mail",
    "environment": "staging",
    "commit": "9f2c1e",
    "outcome": "running",
}


@pytest.mark.parametrize("edge", EDGES)
async def test_no_time_at_the_edge_of_the_calendar_comes_in(change: Running, edge: str) -> None:
    agent, pipeline = change.caller("agent"), change.caller("service")
    made = await agent.creates("/v1/changes", **NEW)
    own = f"/v1/changes/{made['id']}"
    asked: list[tuple[Any, str, str, dict[str, Any]]] = [
        (agent, "POST", "/v1/changes", NEW | WINDOW | {"planned_start": edge}),
        (agent, "POST", "/v1/changes", NEW | WINDOW | {"planned_end": edge}),
        (agent, "PATCH", own, {"actual_start": edge}),
        (agent, "POST", f"{own}/transitions", {"to": "assess", "planned_start": edge}),
        (agent, "POST", "/v1/gate", {"service": "mail", "starts_at": edge}),
        (pipeline, "POST", "/v1/gate", {"service": "mail", "starts_at": "2199-12-31T23:59:58Z"}),
        (pipeline, "POST", "/v1/deployments", DEPLOYED | {"started_at": edge}),
        (pipeline, "POST", "/v1/changes:detected", {"dedup_key": "d", "title": "T", "actual_start": edge}),
    ]
    for who, method, path, body in asked:
        answer = await who.call(method, path, body, If_Match="*")
        assert answer.status_code == 422, (path, body, answer.text)


async def test_nothing_is_planned_or_asked_about_for_longer_than_anybody_looks_ahead(change: Running) -> None:
    agent = change.caller("agent")
    years = {"planned_start": "2030-01-01T00:00:00Z", "planned_end": "2031-01-03T00:00:00Z"}
    answer = await agent.call("POST", "/v1/changes", NEW | years)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/planned_end")
    made = await agent.creates("/v1/changes", **NEW | WINDOW)
    patch = await agent.call("PATCH", f"/v1/changes/{made['id']}", years, If_Match="*")
    assert patch.status_code == 422
    gate = {"service": "mail", "starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-04-02T00:00:00Z"}
    assert (await agent.call("POST", "/v1/gate", gate)).status_code == 422
    path = f"/v1/changes/{made['id']}/first-free-slot?within={gate['starts_at']}/{gate['ends_at']}"
    answer = await agent.call("GET", path)
    assert (answer.status_code, "90 days" in answer.json()["detail"]) == (422, True)


async def test_what_recurs_daily_for_a_year_holds_up_nobody(change: Running) -> None:
    manager, agent = change.caller("change_manager"), change.caller("agent")
    night = {
        "starts_at": "2026-01-01T02:00:00Z",
        "ends_at": "2026-01-01T05:00:00Z",
        "recurrence": "FREQ=DAILY",
        "zone": "Europe/Berlin",
    }
    for number in range(20):
        for place in ("freezes", "maintenance-windows"):
            await manager.creates(f"/v1/{place}", key=f"k{number}", name="K", services=["mail"], **night)
    year = {"planned_start": "2190-01-01T00:00:00Z", "planned_end": "2191-01-01T00:00:00Z"}
    made = await agent.creates("/v1/changes", **NEW | year | {"service": "mail"})
    held = 0.0

    async def others() -> None:
        nonlocal held
        while True:
            at = perf_counter()
            await asyncio.sleep(0.001)
            held = max(held, perf_counter() - at)

    watching = asyncio.create_task(others())
    began = perf_counter()
    try:
        found = (await agent.get(f"/v1/changes/{made['id']}/conflicts"))["items"]
        free = await agent.get(f"/v1/changes/{made['id']}/first-free-slot?duration_s=3600")
        await catch_up(change)
    finally:
        watching.cancel()
    assert (len(found), free["slot"]) == (21, None)
    assert held < 0.3, "the event loop stood still"
    assert perf_counter() - began < 20

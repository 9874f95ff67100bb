"""How far each source has been heard, and how late that was."""

from datetime import timedelta
from typing import Any

import httpx2
from itsm_chassis.store.database import Database
from support.incident_events import Story, altered, at
from support.metrics import hear


async def sources(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/v1/sources")
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_source_counts_distinct_events_and_its_highest_position(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    first, second, third = Story().then(1, "in_progress").then(2, "resolved").told
    await hear(db, [first, third, first], at(2) + timedelta(seconds=1.5))
    last = {
        "source": "/itsm/incident",
        "events": 2,
        "last_position": 3,
        "last_recorded_at": "2026-03-02T08:02:00Z",
        "lag_s": 1.5,
    }
    assert await sources(manager) == [last]
    await hear(db, [second, first], at(60))
    assert await sources(manager) == [last | {"events": 3}], "an event that came late is not the newest"


async def test_several_resources_of_one_source_are_one_source(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    [event] = Story().told
    comment = altered(
        event,
        type="itsm.comment.added.v1",
        recordedtime="2026-03-02T08:10:00Z",
        data={"record": "r", "record_type": "incident", "visibility": "public", "author": "x"},
    )
    await hear(db, [event, comment], at(11))
    [found] = await sources(manager)
    assert (found["events"], found["lag_s"]) == (2, 60)
    figure = (await manager.get("/v1/kpis/opened")).json()
    assert figure["fresh_as_of"] == "2026-03-02T08:00:00Z", "a comment is nothing that the figure is made of"


async def test_a_tenant_sees_its_own_events_alone(manager: httpx2.AsyncClient, db: Database) -> None:
    await hear(db, Story(tenant="globex").told)
    assert await sources(manager) == []

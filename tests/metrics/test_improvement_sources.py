"""Improvements that nobody wrote down, and the figures of the register itself."""

from typing import Any

import httpx2
import pytest
from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.database import Database
from itsm_events.change import ChangeReviewed
from itsm_metrics.consumers import SUBSCRIPTIONS, propose
from support import broker
from support.change_stories import ChangeStory
from support.eventually import until
from support.improving import Life, ago, grown
from support.incident_events import altered, at
from support.metrics import hear, kpi

FOUND = {"summary": "Test the back-out first", "improvement": True}
NOTED = {"summary": "The vendor was quick", "improvement": False}


def reviewed(*findings: dict[str, Any], **state: Any) -> ChangeStory:
    """A change whose review found something."""
    made = ChangeStory(service="mail", **state).then(60, "review")
    return made.say(ChangeReviewed, at(90), findings=list(findings))


async def told(db: Database, *events: Received) -> None:
    async with db.transaction() as conn:
        await propose(conn, events)


async def listed(manager: httpx2.AsyncClient) -> list[Any]:
    items: list[Any] = (await manager.get("/v1/improvements?sort=title")).json()["items"]
    return items


async def test_what_a_review_found_to_be_improved_is_proposed_once(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    made = reviewed(FOUND, NOTED)
    await told(db, *made.told)
    [found] = await listed(manager)
    assert (found["title"], found["source"], found["status"]) == (FOUND["summary"], "pir", "identified")
    assert (found["reference"], found["service"]) == (str(made.subject), "mail")
    assert found["number"].startswith("IMP-")
    made.then(120, "closed")
    await told(db, *made.told)
    await told(db, made.told[-1])
    assert await listed(manager) == [found]
    another = {"summary": "Ask the desk before", "improvement": True}
    made.say(ChangeReviewed, at(130), findings=[NOTED, another, FOUND])
    await told(db, made.told[-1])
    assert [each["title"] for each in await listed(manager)] == [another["summary"], FOUND["summary"]]


async def test_the_same_words_of_another_change_are_another_improvement_and_each_tenant_has_its_own(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await told(db, *reviewed(FOUND).told, *reviewed(FOUND).told, *reviewed(FOUND, tenant="other").told)
    assert len(await listed(manager)) == 2


async def test_imported_history_proposes_nothing(manager: httpx2.AsyncClient, db: Database) -> None:
    await told(db, *(altered(event, imported=True) for event in reviewed(FOUND).told))
    assert await listed(manager) == []


async def test_a_review_on_the_bus_is_heard_and_the_proposal_is_said(
    manager: httpx2.AsyncClient, db: Database, amqp_url: str
) -> None:
    async with broker.consuming(db, amqp_url, SUBSCRIPTIONS), broker.channel(amqp_url) as channel:
        for event in reviewed(FOUND).told:
            await broker.put(channel, event.body.encode(), event.envelope.type)
        await until(lambda: db.fetchval("SELECT count(*) = 1 FROM improvement"))
    assert await db.fetchval("SELECT count(*) FROM outbox o JOIN event e ON e.id = o.event_id") == 1
    assert (await listed(manager))[0]["registered_by"] is None


async def test_the_registers_own_figures_come_from_its_events_in_any_order(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    lives = [
        Life(service="mail").closed("improved"),
        Life(service="mail", source="pir").closed("no_change_shown"),
        Life(service="web").closed("worse"),
        Life(service="web").closed("improved"),
        Life().closed(None),
        Life(),
    ]
    events = [event for life in lives for event in life.told]
    await hear(db, events[::-1])
    await hear(db, events)
    registered = await kpi(manager, "improvements_registered", group_by="source")
    assert registered["value"] == 6
    assert {group["key"]: group["n"] for group in registered["groups"]} == {"person": 5, "pir": 1}
    success = await kpi(manager, "improvement_success", group_by="service")
    assert (success["n"], success["value"]) == (4, 0.5)
    assert success["excluded"] == {"improvement_unmeasured": 1}
    assert {group["key"]: group["value"] for group in success["groups"]} == {"mail": 0.5, "web": 0.5}


@pytest.mark.parametrize("status", ["identified", "cancelled"])
async def test_what_the_register_says_is_understood_by_its_own_figures(
    manager: httpx2.AsyncClient, db: Database, amqp_url: str, status: str
) -> None:
    await grown(manager, status)
    rows = await db.fetch("SELECT type, envelope FROM event ORDER BY sequence")
    async with broker.consuming(db, amqp_url, SUBSCRIPTIONS), broker.channel(amqp_url) as channel:
        for row in rows:
            await broker.put(channel, row["envelope"].encode(), row["type"])
        await until(lambda: db.fetchval("SELECT count(*) = $1 FROM raw_event", len(rows)))
    assert await db.fetchval("SELECT count(*) FROM parked") == 0
    period = {"from_": ago(2), "to": ago(-2)}
    assert (await kpi(manager, "improvements_registered", **period))["value"] == 1

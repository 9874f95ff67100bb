"""Over a real broker: reversed and repeated events end in the same figures, as do those behind a rebuild."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import httpx2
import pytest
from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.database import Database
from itsm_metrics.consumers import SUBSCRIPTIONS
from itsm_metrics.projections.apply import ONE_WRITER
from support import broker
from support.eventually import until
from support.incident_events import Story
from support.metrics import kpi

WAITING = "SELECT count(*) > 0 FROM pg_locks WHERE objid = 4151 AND NOT granted"


@pytest.fixture
async def consumer(db: Database, amqp_url: str) -> AsyncIterator[None]:
    async with broker.consuming(db, amqp_url, SUBSCRIPTIONS):
        yield


async def publish(amqp_url: str, events: Iterable[Received]) -> None:
    async with broker.channel(amqp_url) as channel:
        for event in events:
            await broker.put(channel, event.body.encode(), event.envelope.type)


@asynccontextmanager
async def rebuilding(db: Database) -> AsyncIterator[None]:
    """As long as a rebuild would hold the figures."""
    async with db.transaction() as conn:
        await conn.execute(ONE_WRITER)
        yield


@pytest.mark.usefixtures("consumer")
async def test_an_event_published_twice_or_in_reverse_order_has_one_effect(
    manager: httpx2.AsyncClient, db: Database, amqp_url: str
) -> None:
    story = Story().then(10, "resolved").then(20, "in_progress").then(40, "closed")
    await publish(amqp_url, [*story.told[::-1], *story.told])
    await until(lambda: db.fetchval("SELECT count(*) = 4 FROM raw_event"))
    assert (await kpi(manager, "mttr"))["value"] == 600
    assert (await kpi(manager, "mtrs"))["value"] == 2400
    assert (await kpi(manager, "reopenings"))["value"] == 1
    assert (await kpi(manager, "data_quality"))["value"] == 0


@pytest.mark.usefixtures("consumer")
async def test_events_that_come_during_a_rebuild_are_applied_after_it_and_none_is_parked(
    db: Database, amqp_url: str
) -> None:
    async with rebuilding(db):
        await publish(amqp_url, Story().told)
        await until(lambda: db.fetchval(WAITING))
    await until(lambda: db.fetchval("SELECT count(*) = 1 FROM raw_event"))
    assert await db.fetchval("SELECT count(*) FROM parked") == 0

"""Demand as the bus tells it: each incident and request once, in the month in which it happened."""

import asyncio
from typing import Any

from itsm_catalog.consumers import SUBSCRIPTIONS, weigh
from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.database import Database
from itsm_events.incident import IncidentOpened
from support.broker import channel, consuming, listen, put
from support.eventually import until
from support.incident_events import Story, at
from support.portfolio import live
from support.services import Running

FEBRUARY = -30 * 24 * 60
"""Minutes before the stories' start, which is in March."""


def opened(service: str | None, minutes: float = 0, tenant: str = "acme") -> Received:
    story = Story(minutes, tenant=tenant, service=service)
    return story.event(IncidentOpened(**story.state), 1, at(minutes))


async def counts(db: Database) -> list[tuple[Any, ...]]:
    rows = await db.fetch(
        "SELECT tenant, service, to_char(month, 'YYYY-MM'), kind, count FROM demand ORDER BY 1, 2, 3, 4"
    )
    return [tuple(row) for row in rows]


async def hear(db: Database, *events: Received) -> None:
    async with db.transaction() as conn:
        await weigh(conn, events)


async def test_each_incident_counts_once_however_often_it_is_told(catalog: Running) -> None:
    events = [opened("mail"), opened("mail", FEBRUARY), opened(None), opened("mail")]
    events.append(opened("vpn", tenant="globex"))
    await hear(catalog.db, *events, *events)
    await hear(catalog.db, *reversed(events))
    expected = [
        ("acme", "mail", f"{at(FEBRUARY):%Y-%m}", "incident", 1),
        ("acme", "mail", "2026-03", "incident", 2),
        ("globex", "vpn", "2026-03", "incident", 1),
    ]
    assert await counts(catalog.db) == expected


async def test_batches_at_once_count_each_event_once(catalog: Running) -> None:
    events = [opened(f"s{n % 5}") for n in range(50)]
    await asyncio.gather(*(hear(catalog.db, *part) for part in (events, events[::-1], events[10:40])))
    assert [row[-1] for row in await counts(catalog.db)] == [10] * 5


async def test_a_batch_that_fails_counts_nothing(catalog: Running) -> None:
    event = opened("mail")
    async with catalog.db.connection() as conn:
        killed = conn.transaction()
        await killed.start()
        await weigh(conn, [event])
        await killed.rollback()
    assert await counts(catalog.db) == []
    await hear(catalog.db, event)
    assert [row[-1] for row in await counts(catalog.db)] == [1]


async def test_our_own_requests_are_demand_as_well(catalog: Running, amqp_url: str) -> None:
    await live(catalog.caller("manager"))
    ben = catalog.caller("requester", "ben")
    made = await ben.creates("/v1/service-requests", offering="mail-box", answers={})
    async with consuming(catalog.db, amqp_url, SUBSCRIPTIONS), channel(amqp_url) as on:
        await listen(on)
        await catalog.say_all(amqp_url)

        async def counted() -> list[tuple[Any, ...]]:
            return await counts(catalog.db)

        assert await until(counted) == [("acme", "mail", made["submitted_at"][:7], "request", 1)]


async def test_the_bus_tells_the_demand(catalog: Running, amqp_url: str) -> None:
    async with consuming(catalog.db, amqp_url, SUBSCRIPTIONS), channel(amqp_url) as on:
        for received in (opened("mail"), opened("mail", FEBRUARY), opened("mail")) * 2:
            await put(on, received.body.encode(), received.envelope.type)

        async def counted() -> list[int]:
            found = [row[-1] for row in await counts(catalog.db)]
            return found if sum(found) == 3 else []

        assert sorted(await until(counted)) == [1, 2]

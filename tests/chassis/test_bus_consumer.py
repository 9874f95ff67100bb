"""Consumers: one effect per event whatever is repeated, and poison never stands in the way."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from itsm_chassis.bus import parking
from itsm_chassis.bus.consumer import Consumer, Subscription
from itsm_chassis.bus.decoding import Received
from itsm_chassis.bus.topology import CONTENT_TYPE
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import fact
from support import broker
from support.eventually import until
from support.toy import context, said

QUEUE = "itsm.toy.1"
TYPE = "itsm.change.requested.v1"


def message(title: str) -> bytes:
    return fact(context(), "toy", said(title), subject=new_id(), sequence=1).envelope.encode()


class Effects:
    """A handler that keeps titles in a table, and fails for those it is told to."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.faults: list[Exception] = []
        self.batches: list[int] = []

    async def apply(self, conn: Any, events: Sequence[Received]) -> None:
        self.batches.append(len(events))
        if self.faults:
            raise self.faults.pop()
        for event in events:
            title = event.envelope.data["title"]
            await conn.execute(
                "INSERT INTO effect (event_id, title) VALUES ($1, $2)", event.envelope.id, title
            )
            if title in self.failing:
                raise ValueError(f"cannot digest {title}")


@pytest.fixture
async def effects(db: Database) -> Effects:
    await db.execute("CREATE TABLE effect (event_id uuid, title text)")
    return Effects()


@asynccontextmanager
async def consuming(db: Database, amqp_url: str, effects: Effects) -> AsyncIterator[Consumer]:
    consumer = Consumer(db, amqp_url, Subscription(QUEUE, ("itsm.#",), effects.apply))
    task = asyncio.create_task(consumer.run())

    async def connected() -> bool:
        assert not task.done(), task.exception()
        return consumer.connected

    try:
        await until(connected)
        yield consumer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
async def empty_queue(amqp_url: str) -> AsyncIterator[None]:
    yield
    async with broker.channel(amqp_url) as channel:
        await channel.queue_delete(QUEUE)
        await channel.queue_delete(f"{QUEUE}.dead")


async def titles(db: Database) -> list[str]:
    return [row["title"] for row in await db.fetch("SELECT title FROM effect ORDER BY title")]


async def parked(db: Database) -> list[Any]:
    return await db.fetch("SELECT reason, attempts, retry_at, body FROM parked ORDER BY id")


async def test_waiting_events_are_applied_in_batches(db: Database, amqp_url: str, effects: Effects) -> None:
    async with consuming(db, amqp_url, effects):
        pass
    async with broker.channel(amqp_url) as channel:
        for number in range(300):
            await broker.put(channel, message(f"{number:03d}"), TYPE)
    async with consuming(db, amqp_url, effects):
        await until(lambda: db.fetchval("SELECT count(*) = 300 FROM effect"))
    assert max(effects.batches) > 50
    assert await titles(db) == [f"{number:03d}" for number in range(300)]


HOSTILE: list[tuple[str, bytes, str, str]] = [
    ("no CloudEvents envelope", b"not json", TYPE, CONTENT_TYPE),
    ("no CloudEvents envelope", b"\xff\xfe", TYPE, CONTENT_TYPE),
    ("content type", message("x"), TYPE, "text/plain"),
    ("routing key", message("x"), "itsm.change.wrong.v1", CONTENT_TYPE),
    ("unknown to this version", message("x").replace(b".v1", b".v9"), TYPE, CONTENT_TYPE),
    ("the data is not that of", message("x").replace(b'"normal"', b'"odd"'), TYPE, CONTENT_TYPE),
    ("sequence", message("x").replace(b'"sequence":1', b'"sequence":"1"'), TYPE, CONTENT_TYPE),
    (
        "calendar",
        re.sub(rb'"time":"[^"]*"', b'"time":"9999-12-31T23:59:59-14:00"', message("x")),
        TYPE,
        CONTENT_TYPE,
    ),
    ("NUL", message("x").replace(b'"acme"', b'"ac\\u0000me"'), TYPE, CONTENT_TYPE),
    ("largest event", b'{"a":"' + b"x" * 1_100_000 + b'"}', TYPE, CONTENT_TYPE),
]


async def test_hostile_messages_are_parked_with_their_reason_and_bytes(
    db: Database, amqp_url: str, effects: Effects
) -> None:
    async with consuming(db, amqp_url, effects), broker.channel(amqp_url) as channel:
        for _, body, routing_key, content_type in HOSTILE:
            await broker.put(channel, body, routing_key, content_type)
        await broker.put(channel, message("good"), TYPE)
        await until(lambda: db.fetchval("SELECT count(*) = 1 FROM effect"))
    rows = await parked(db)
    assert [bytes(row["body"]) for row in rows] == [body for _, body, _, _ in HOSTILE]
    for row, (reason, *_) in zip(rows, HOSTILE, strict=True):
        assert reason in row["reason"]
        assert row["retry_at"] is None


async def test_poison_does_not_delay_the_good_ones_behind_it(
    db: Database, amqp_url: str, effects: Effects
) -> None:
    effects.failing = {"poison"}
    async with consuming(db, amqp_url, effects), broker.channel(amqp_url) as channel:
        for title in ("before", "poison", "after"):
            await broker.put(channel, message(title), TYPE)
        await until(lambda: db.fetchval("SELECT count(*) = 2 FROM effect"))
    (row,) = await parked(db)
    assert await titles(db) == ["after", "before"]
    assert "cannot digest poison" in row["reason"]


async def test_a_failing_handler_is_tried_five_more_times_then_parked_and_redrive_applies_it_once(
    db: Database, amqp_url: str, effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "DELAYS_S", (0.01, 0.02, 0.03, 0.04, 0.05))
    effects.failing = {"poison"}
    async with consuming(db, amqp_url, effects), broker.channel(amqp_url) as channel:
        await broker.put(channel, message("poison"), TYPE)
        await until(
            lambda: db.fetchval("SELECT count(*) = 1 FROM parked WHERE attempts = 6 AND retry_at IS NULL")
        )
        assert await titles(db) == []
        effects.failing = set()
        assert await parking.redrive(db) == 1
        await until(lambda: db.fetchval("SELECT count(*) = 0 FROM parked"))
        assert await parking.redrive(db) == 0
    assert await titles(db) == ["poison"]


async def test_while_postgresql_is_away_or_aborts_us_messages_wait_and_no_attempt_is_counted(
    db: Database, amqp_url: str, effects: Effects
) -> None:
    effects.faults = [
        asyncpg.CannotConnectNowError("starting"),
        asyncpg.DeadlockDetectedError(),
        TimeoutError(),
    ]
    async with consuming(db, amqp_url, effects), broker.channel(amqp_url) as channel:
        await broker.put(channel, message("patient"), TYPE)
        await until(lambda: db.fetchval("SELECT count(*) = 1 FROM effect"))
    assert effects.faults == []
    assert await parked(db) == []


async def test_a_message_that_kills_its_consumer_ends_beside_the_queue(
    db: Database, amqp_url: str, effects: Effects
) -> None:
    async with consuming(db, amqp_url, effects):
        pass
    async with broker.channel(amqp_url) as channel:
        await broker.put(channel, message("killer"), TYPE)
        queue = await channel.get_queue(QUEUE)

        async def die(delivery: Any) -> None:
            await delivery.reject(requeue=True)

        tag = await queue.consume(die)
        dead = await channel.get_queue(f"{QUEUE}.dead")
        buried = await until(lambda: dead.get(fail=False))
        assert json.loads(buried.body)["data"]["title"] == "killer"
        await buried.ack()
        await queue.cancel(tag)

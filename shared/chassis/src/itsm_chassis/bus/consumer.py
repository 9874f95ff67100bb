"""The consumer: batches of events, each batch's effects in one transaction, acknowledged after it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from itsm_chassis.bus import parking
from itsm_chassis.bus.broker import connected
from itsm_chassis.bus.decoding import Received, Undecodable, decode_delivery, position_of
from itsm_chassis.bus.topology import declare_queue
from itsm_chassis.errors import Unavailable
from itsm_chassis.store.database import RETRYABLE, Connection, Database, away

BATCH = 200
PREFETCH = 2 * BATCH
RETRY_POLL_S = 0.5
PAUSES_S = (0.1, 0.3, 1.0, 2.0)

Apply = Callable[["Connection[Any]", Sequence[Received]], Awaitable[None]]

# Held by every batch: two consumers of one queue (a frozen one that wakes up) never interleave.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"

WAITING = (Unavailable, asyncpg.LockNotAvailableError, *RETRYABLE)
"""Nothing is wrong with the message: PostgreSQL is away, or another writer was there first."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service hears: `queue` carries its topology version (`itsm.metrics.1`)."""

    queue: str
    bindings: tuple[str, ...]
    apply: Apply


class Consumer:
    """Drains one queue in order, in one task."""

    def __init__(self, db: Database, amqp_url: str, subscription: Subscription) -> None:
        """`subscription.apply` runs inside the transaction of its batch."""
        self._db = db
        self._amqp_url = amqp_url
        self._queue = subscription.queue
        self._bindings = subscription.bindings
        self._apply = subscription.apply
        self.connected = False

    async def run(self) -> None:
        """Consume until the broker goes away; the caller starts it again."""
        async with connected(self._amqp_url, f"{self._queue} consumer") as connection:
            channel = await connection.channel(publisher_confirms=False)
            await channel.set_qos(prefetch_count=PREFETCH)
            queue = await declare_queue(channel, self._queue, self._bindings)
            arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()

            async def arrive(message: AbstractIncomingMessage) -> None:
                arrived.put_nowait(message)

            await queue.consume(arrive)
            self.connected = True
            try:
                clock, retry_at = asyncio.get_running_loop().time, 0.0
                while not channel.is_closed:
                    batch = await self._next(arrived)
                    if batch:
                        await self._handle(batch)
                        self._db.committed.set()  # an effect may have said something: the relay looks at once
                        await acknowledge(channel, batch[-1])
                    if clock() >= retry_at:
                        await self._patiently(self._store_due)
                        retry_at = clock() + RETRY_POLL_S
            finally:
                self.connected = False

    async def _next(self, arrived: asyncio.Queue[AbstractIncomingMessage]) -> list[AbstractIncomingMessage]:
        """Up to 200 waiting messages; a redelivered one comes alone; [] after half a second of none."""
        try:
            batch = [await asyncio.wait_for(arrived.get(), RETRY_POLL_S)]
        except TimeoutError:
            return []
        while not arrived.empty() and len(batch) < BATCH and not batch[-1].redelivered:
            batch.append(arrived.get_nowait())
        return batch

    async def _handle(self, batch: list[AbstractIncomingMessage]) -> None:
        """Return once every message has had its effect or is parked, however long that takes."""
        good: list[Received] = []
        bad: list[tuple[AbstractIncomingMessage, str]] = []
        for message in batch:
            try:
                good.append(decode_delivery(message))
            except Undecodable as error:
                bad.append((message, str(error)))
        try:
            await self._patiently(self._store, good, bad)
        except Exception as error:
            log.warning("a batch failed; its events are applied singly", queue=self._queue, error=repr(error))
            await self._patiently(self._store_singly, good, bad)

    async def _patiently(self, store: Callable[..., Awaitable[None]], *work: Any) -> None:
        """Repeat while PostgreSQL is away or has aborted us; the messages wait unacknowledged.

        They are not put back: a requeue would count as a delivery, and a long outage would push
        good messages over the delivery limit.
        """
        tries = 0
        while True:
            try:
                async with self._db.transaction() as conn:
                    await conn.execute(ALONE, self._queue)
                    return await store(conn, *work)
            except WAITING as error:
                log.warning("waiting for PostgreSQL", queue=self._queue, error=str(error))
                await asyncio.sleep(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
                tries += 1

    async def _store(self, conn: "Connection[Any]", good: list[Received], bad: list[Any]) -> None:
        for message, reason in bad:
            log.error("parked a message", queue=self._queue, reason=reason)
            await parking.park(conn, self._queue, message.body, position_of(message), reason, retry=False)
        if good:
            await self._apply(conn, good)

    async def _store_singly(self, conn: "Connection[Any]", good: list[Received], bad: list[Any]) -> None:
        await self._store(conn, [], bad)
        for received in good:
            reason = await self._attempt(conn, received)
            if reason:
                body = received.body.encode()
                await parking.park(conn, self._queue, body, received.position, reason, retry=True)

    async def _attempt(self, conn: "Connection[Any]", received: Received) -> str | None:
        """Apply one event in a savepoint; the reason if its handler failed."""
        try:
            async with conn.transaction():
                await self._apply(conn, [received])
        except Exception as error:
            if away(error) or isinstance(error, WAITING):
                raise
            log.exception("a handler failed", queue=self._queue, event_id=str(received.envelope.id))
            return f"{type(error).__name__}: {error}"
        return None

    async def _store_due(self, conn: "Connection[Any]") -> None:
        for row in await parking.due(conn, self._queue):
            try:
                received = parking.content(row)
            except Undecodable as error:
                await parking.failed_again(conn, row, str(error), retry=False)
                continue
            reason = await self._attempt(conn, received)
            if reason:
                await parking.failed_again(conn, row, reason, retry=True)
            else:
                await parking.applied(conn, row)


async def acknowledge(channel: AbstractChannel, last: AbstractIncomingMessage) -> None:
    """Acknowledge everything up to `last` in one frame."""
    underlay = await channel.get_underlay_channel()
    if last.delivery_tag is not None:
        await underlay.basic_ack(last.delivery_tag, multiple=True)

"""The relay: says what the outbox holds, lowest position first, and moves it to the feed.

What an import says has a lane of its own, from which each batch takes some: history keeps nobody waiting.
What happens to an imported record meanwhile waits until everything that was drawn before it is said.

One relay per service is active, under a session advisory lock on the very connection that reads and
deletes: a relay that loses its connection loses its lock and cannot mark anything as said.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import aio_pika
import asyncpg
import structlog
from aio_pika.abc import AbstractExchange

from itsm_chassis.bus.broker import connected
from itsm_chassis.bus.topology import CONTENT_TYPE, POSITION_HEADER, declare_exchange
from itsm_chassis.store.database import COMMAND_TIMEOUT_S, POOL_WAIT_S, SETTINGS, Database
from itsm_chassis.store.tables import LATER

BATCH = 200
"""From each of the two lanes."""
POLL_S = 0.02
IDLE_POLL_S = 0.25
BUSY_S = 5.0
TAKEOVER_S = 1.0
CONFIRM_TIMEOUT_S = 10.0
PAUSE_S = 1.0

LOCK = "SELECT pg_try_advisory_lock(hashtextextended('itsm.relay', 0))"
LOWEST = f"""
WITH later (reached) AS (SELECT min(position) - {LATER} FROM outbox WHERE position >= {LATER}),
due AS (
    (SELECT position, event_id FROM outbox WHERE position < {LATER} ORDER BY position LIMIT $1)
    UNION ALL
    (SELECT position, event_id FROM outbox WHERE position >= {LATER} ORDER BY position LIMIT $1)
)
SELECT due.position, e.id, e.subject, e.type, e.envelope
FROM due CROSS JOIN later JOIN event e ON e.id = due.event_id
LEFT JOIN event begun ON begun.subject = e.subject AND begun.sequence = 1
    AND due.position > later.reached AND due.position < {LATER}
WHERE begun.envelope IS NULL OR begun.envelope NOT LIKE '%"imported":true%'
ORDER BY due.position
"""  # noqa: S608  # made of constants alone
SAID = """
WITH said AS (DELETE FROM outbox WHERE position = ANY($1::bigint[]) RETURNING position, tenant, event_id)
INSERT INTO feed (tenant, event_id) SELECT tenant, event_id FROM said ORDER BY position
"""

log = structlog.get_logger(__name__)


class Relay:
    """Publishes one service's outbox; `active` while it holds the lock, `connected` with a broker."""

    def __init__(self, db: Database, amqp_url: str, service: str, *, woken: bool = True) -> None:
        """The relay takes its own connection to the same database as `db`.

        `woken`: the writers are in this process and set `db.committed`, so polling is only for other
        replicas' commits and may slow down after 5 s without any; otherwise it polls every 20 ms.
        """
        self._db = db
        self._amqp_url = amqp_url
        self._service = service
        self._idle_poll_s = IDLE_POLL_S if woken else POLL_S
        self._busy_until = 0.0
        self._told = ""
        self.active = False
        self.connected = False

    async def run(self) -> None:
        """Wait for the lock, then relay until something breaks; the caller starts it again."""
        session = await asyncpg.connect(
            self._db.url, timeout=POOL_WAIT_S, command_timeout=COMMAND_TIMEOUT_S, server_settings=SETTINGS
        )
        try:
            async with connected(self._amqp_url, f"{self._service} relay") as connection:
                self.connected = True
                channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
                exchange = await declare_exchange(channel)
                while not await session.fetchval(LOCK):
                    if connection.is_closed:
                        return
                    await asyncio.sleep(TAKEOVER_S)
                self.active = True
                log.info("relay active", service=self._service)
                while not channel.is_closed:
                    await self._step(session, exchange)
        finally:
            self.active = self.connected = False
            session.terminate()

    async def _step(self, session: "asyncpg.Connection[Any]", exchange: AbstractExchange) -> None:
        """Say one batch, or wait for a commit."""
        self._db.committed.clear()
        rows = await session.fetch(LOWEST, BATCH)
        if not rows:
            await self._wait()
            return
        self._busy_until = asyncio.get_running_loop().time() + BUSY_S
        results = await asyncio.gather(*(publish(exchange, row) for row in rows), return_exceptions=True)
        said = confirmed(rows, results)
        if said:
            await session.execute(SAID, said)
        if len(said) < len(rows):
            self._tell(len(rows) - len(said), next(repr(r) for r in results if isinstance(r, BaseException)))
            await asyncio.sleep(PAUSE_S)
        elif self._told:
            self._told = ""
            log.info("events are confirmed again", service=self._service)

    async def _wait(self) -> None:
        """Until a commit in this process, or the next poll."""
        busy = asyncio.get_running_loop().time() < self._busy_until
        try:
            await asyncio.wait_for(self._db.committed.wait(), POLL_S if busy else self._idle_poll_s)
        except TimeoutError:
            return

    def _tell(self, count: int, reason: str) -> None:
        """Warn once per reason: what is wrong stays wrong until somebody mends it."""
        kind = "NO_ROUTE" if "NO_ROUTE" in reason else reason
        if kind == self._told:
            return
        self._told = kind
        hint = (
            "no queue is bound for this type: is the metrics service running?" if kind == "NO_ROUTE" else ""
        )
        log.warning(
            "events were not confirmed; they stay in the outbox and are said again every second",
            service=self._service,
            count=count,
            reason=reason,
            hint=hint,
        )


async def publish(exchange: AbstractExchange, row: Any) -> None:
    """Publish one event, persistent and mandatory; returns when the broker has confirmed it."""
    message = aio_pika.Message(
        row["envelope"].encode(),
        content_type=CONTENT_TYPE,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(row["id"]),
        headers={POSITION_HEADER: row["position"] % LATER},
    )
    await exchange.publish(message, routing_key=row["type"], mandatory=True, timeout=CONFIRM_TIMEOUT_S)


def confirmed(rows: Sequence[Any], results: Sequence[Any]) -> list[int]:
    """Positions that may be marked as said: confirmed, and nothing earlier of the subject failed."""
    failed: set[Any] = set()
    said = []
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, BaseException) or row["subject"] in failed:
            failed.add(row["subject"])
        else:
            said.append(row["position"])
    return said

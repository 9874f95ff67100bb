"""The parked table: messages whose effect failed, waiting for another try or for a person."""

from typing import Any

from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Connection, Database

DELAYS_S = (0.5, 2.0, 8.0, 30.0, 120.0)
"""Waits before each further try of a failed handler; after the last the message stays parked."""

PARK = """
INSERT INTO parked (queue, body, position, reason, attempts, retry_at, parked_at)
VALUES ($1, $2, $3, $4, $5, now() + $6::float8 * interval '1 second', now())
"""
DUE = """
SELECT id, body, position, attempts FROM parked WHERE queue = $1 AND retry_at <= now()
ORDER BY retry_at LIMIT 20 FOR UPDATE SKIP LOCKED
"""
AGAIN = """
UPDATE parked SET attempts = $2, reason = $3, retry_at = now() + $4::float8 * interval '1 second'
WHERE id = $1
"""
DONE = "DELETE FROM parked WHERE id = $1"
REDRIVE = (
    "WITH moved AS (UPDATE parked SET retry_at = now(), attempts = 0 RETURNING 1) SELECT count(*) FROM moved"
)


def delay(attempts: int) -> float | None:
    """Seconds until the next try after `attempts` failures; None: no more by itself."""
    return DELAYS_S[attempts - 1] if attempts <= len(DELAYS_S) else None


async def park(
    conn: "Connection[Any]", queue: str, body: bytes, position: int | None, reason: str, *, retry: bool
) -> None:
    """Set a message aside, to be tried again by itself or, undecodable, only by `redrive`."""
    await conn.execute(PARK, queue, body, position, reason[:2000], 1, delay(1) if retry else None)


async def due(conn: "Connection[Any]", queue: str) -> list[Any]:
    """Up to 20 messages whose next try is due, locked for this transaction."""
    return await conn.fetch(DUE, queue)


async def failed_again(conn: "Connection[Any]", row: Any, reason: str, *, retry: bool) -> None:
    """Count the failure and choose the next try."""
    attempts = row["attempts"] + 1
    await conn.execute(AGAIN, row["id"], attempts, reason[:2000], delay(attempts) if retry else None)


async def applied(conn: "Connection[Any]", row: Any) -> None:
    """The effect has happened: forget the message, in the effect's own transaction."""
    await conn.execute(DONE, row["id"])


def content(row: Any) -> Received:
    """The parked message, checked anew by this version; raises `Undecodable`."""
    return decode(bytes(row["body"]), row["position"])


async def redrive(db: Database) -> int:
    """Make every parked message due now; the running consumer applies them. Returns how many."""
    return int(await db.fetchval(REDRIVE))

"""One writer at a time, for a rule that spans records which no single version guards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

import asyncpg

from itsm_chassis.errors import Unavailable
from itsm_chassis.store.database import Connection, Database

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
WAIT_S = 3.0

waiting: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()
"""Writers of one process queue here: in PostgreSQL each would hold a connection."""


@asynccontextmanager
async def alone(db: Database, what: str) -> AsyncIterator[None]:
    """Keep others out of `what`, such as "itsm.catalog.business-units acme", until the block ends.

    The block uses further connections as it likes. Raises Unavailable after 3 s of waiting.
    """
    lock = waiting.setdefault((id(db), what), asyncio.Lock())
    try:
        await asyncio.wait_for(lock.acquire(), WAIT_S)
    except TimeoutError:
        raise busy() from None
    try:
        async with db.transaction() as conn:
            await claim(conn, what)
            yield
    finally:
        lock.release()


async def claim(conn: "Connection[Any]", what: str) -> None:
    """The same until the end of the caller's own transaction."""
    try:
        await conn.execute(LOCK, what)
    except asyncpg.LockNotAvailableError as error:
        raise busy() from error


def busy() -> Unavailable:
    """Somebody else takes long."""
    return Unavailable("Another writer holds these records. Nothing was stored. Retry soon.", "busy")

"""Rebuilds as jobs: asked for by anybody, carried out by one worker at a time, begun again where it died."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
import structlog
from itsm_chassis import clock
from itsm_chassis.errors import Unavailable
from itsm_chassis.store.database import Database, away
from itsm_chassis.store.ids import new_id

from itsm_metrics.projections import proof
from itsm_metrics.projections.apply import ONE_WRITER
from itsm_metrics.projections.fact_table import PATIENT_S
from itsm_metrics.projections.refold import catch_up, empty, heard, refold
from itsm_metrics.projections.summing import come_true

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

EVERY_S: Final = 1.0
SAID_EVERY_S: Final = 0.5
ATTEMPTS: Final = 5
"""So many workers may die of a rebuild; then it has failed."""
PASSES: Final = 3
"""How often what came meanwhile is caught up with while events are applied; the last time they wait."""
KEPT: Final = 20
"""So many rebuilds keep their proof."""

ASKING: Final = "SELECT pg_advisory_xact_lock(4152)"
ALONE: Final = "SELECT pg_try_advisory_lock(4153)"
FREE: Final = "SELECT pg_advisory_unlock(4153)"
PATIENTLY: Final = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;"

OPEN: Final = "SELECT id FROM rebuild WHERE state IN ('waiting', 'running')"
ASKED: Final = """
INSERT INTO rebuild (id, state, requested_at, attempts, done, total) VALUES ($1, 'waiting', $2, 0, 0, 0)
"""
BEGUN: Final = """
UPDATE rebuild SET state = 'running', started_at = $2, attempts = attempts + 1, done = 0
WHERE id = $1 AND state IN ('waiting', 'running') RETURNING attempts
"""
SAID: Final = "UPDATE rebuild SET done = $2, total = $3 WHERE id = $1"
DONE: Final = "UPDATE rebuild SET state = 'done', finished_at = $2, done = $3, total = $3 WHERE id = $1"
FAILED: Final = "UPDATE rebuild SET state = 'failed', finished_at = $2, error = $3 WHERE id = $1"
FORGOTTEN: Final = """
DELETE FROM proof WHERE rebuild NOT IN (SELECT id FROM rebuild ORDER BY requested_at DESC, id LIMIT $1)
"""

log = structlog.get_logger(__name__)


async def ask(db: Database, now: datetime) -> UUID:
    """The rebuild that is waiting or running, or else a new one."""
    async with db.transaction() as conn:
        await conn.execute(ASKING)
        found: UUID | None = await conn.fetchval(OPEN)
        if found is None:
            found = new_id()
            await conn.execute(ASKED, found, now)
        return found


async def carry_out(db: Database) -> None:
    """Carry out the rebuild that is open, unless another worker does.

    Whoever holds the lock works, on the lock's own connection: where either ends so does the other, and the
    next worker begins again.
    """
    found: UUID | None = await db.fetchval(OPEN)
    if found is None:
        return
    async with db.connection() as conn:
        if not await conn.fetchval(ALONE):
            return
        try:
            await attempt(db, conn, found)
        finally:
            with suppress(asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
                await conn.execute(FREE)


async def attempt(db: Database, conn: "Connection[Any]", job: UUID) -> None:
    """One worker's attempt; what is wrong with the work itself ends the rebuild, as it would be again."""
    attempts = await conn.fetchval(BEGUN, job, clock.now())
    if attempts is None:
        return
    if attempts > ATTEMPTS:
        await conn.execute(FAILED, job, clock.now(), f"{ATTEMPTS} workers died of it; their logs say why.")
        return
    try:
        await rebuilt(db, conn, job)
    except Exception as error:
        if isinstance(error, Unavailable) or away(error):
            raise
        log.exception("a rebuild failed; the old figures are in force", rebuild=str(job))
        await conn.execute(FAILED, job, clock.now(), f"{type(error).__name__}: {error}")


async def rebuilt(db: Database, conn: "Connection[Any]", job: UUID) -> None:
    """Fold everything in the shadow, catch up with what came meanwhile, then put the facts right at once."""
    said_at = clock.now()

    async def progress(done: int, total: int) -> None:
        nonlocal said_at
        if (clock.now() - said_at).total_seconds() >= SAID_EVERY_S:
            said_at = clock.now()
            await db.execute(SAID, job, done, total)

    async with conn.transaction():
        await conn.execute(PATIENTLY)
        known = await heard(conn)
        events = await refold(conn, progress)
    for _ in range(PASSES):
        async with conn.transaction():
            await conn.execute(PATIENTLY)
            before, known = known, await heard(conn)
            await catch_up(conn, before)
    async with conn.transaction():
        await conn.execute(PATIENTLY + ONE_WRITER, timeout=PATIENT_S)
        await catch_up(conn, known)
        await come_true(conn)
        await proof.settle(conn, job)
        await conn.execute(DONE, job, clock.now(), events)
    async with conn.transaction():
        await empty(conn)
        await conn.execute(FORGOTTEN, KEPT)

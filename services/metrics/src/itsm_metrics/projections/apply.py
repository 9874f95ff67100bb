"""Applying a batch of events: exactly once, in whatever order and batches they come."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asyncpg import LockNotAvailableError
from itsm_chassis.bus.decoding import Received
from itsm_chassis.errors import Unavailable

from itsm_metrics.projections.facts import FOLDS, restate
from itsm_metrics.projections.raw import histories, keep, subject_of
from itsm_metrics.projections.sources import heard

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ONE_WRITER = "SELECT pg_advisory_xact_lock(4151)"
"""Two writers would each fold without the other's uncommitted events; a rebuild is a writer too."""

BY_INDEX = """
SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
SET LOCAL plan_cache_mode = force_custom_plan;
"""
"""A plan made and kept while the tables were small would read all of them when they are large, or all of a
tenant's by the wrong index."""


async def apply(conn: "Connection[Any]", events: Sequence[Received], now: datetime) -> None:
    """Keep the events and restate the facts of every record they are about.

    Runs inside the caller's transaction. Raises `Unavailable` while a rebuild is running.
    """
    try:
        await conn.execute(BY_INDEX + ONE_WRITER)
    except LockNotAvailableError as error:
        raise Unavailable(
            "A rebuild holds the figures; events wait in the queue and are applied after it."
        ) from error
    fresh = await keep(conn, events)
    if not fresh:
        return
    await heard(conn, fresh, now)
    touched = sorted({subject_of(event) for event in fresh})
    folded = [subject for subject in touched if subject.resource in FOLDS]
    if folded:
        await restate(conn, await histories(conn, folded))

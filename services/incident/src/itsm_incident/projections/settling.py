"""Settling clocks: whatever has come in or fallen due is counted, stored and said in one transaction.

Any number of replicas may settle at once: each takes incidents that no other holds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import structlog

from itsm_incident.projections import clock_sets, histories, service_levels
from itsm_incident.projections.clock_sets import ClockSet, stored
from itsm_incident.rules.clock_fold import agreements, fire, fold

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection, Database

BATCH: Final = 500
COUNTED: Final = 50
"""Incidents counted anew in one transaction: a timer that falls due meanwhile waits for it."""
TURN: Final = 4
"""Incidents counted before other requests get their turn."""

LONG: Final = 200
"""A history of more events is counted apart: it takes 0.2 ms an event, and others must not wait."""

FOUND = """
SELECT c.id, c.tenant, c.through, c.known_at, c.imported_until, c.pins, c.clocks, i.version
FROM clock_set c JOIN incident i ON i.id = c.id
"""
DUE = f"""{FOUND} WHERE c.next_at < $1 AND c.recount_at IS NULL
ORDER BY c.next_at LIMIT $2 FOR UPDATE OF c SKIP LOCKED
"""
CHANGED = f"""{FOUND} WHERE c.recount_at <= $1 AND i.version <= {LONG}
ORDER BY c.recount_at LIMIT $2 FOR UPDATE OF c SKIP LOCKED
"""

LONG_CHANGED = f"""{FOUND} WHERE c.recount_at <= $1 AND i.version > {LONG} ORDER BY c.recount_at LIMIT 1"""
HOLD = f"{FOUND} WHERE c.id = $1 FOR UPDATE OF c"

log = structlog.get_logger(__name__)


async def settle(conn: "Connection[Any]", now: datetime) -> int:
    """Settle a batch of what is due, and one of what has changed; how many that were.

    The caller's transaction commits it.
    """
    await conn.execute(service_levels.TOGETHER)
    due = await conn.fetch(DUE, now, BATCH)
    changed = await conn.fetch(CHANGED, now, COUNTED)
    # An event that the follower has not brought yet may have ended a clock before its threshold.
    behind = [row for row in due if row["version"] > row["through"]]
    fresh = [fired(stored(row), now) for row in due if row["version"] <= row["through"]]
    counted, failed = await recount(conn, [stored(row) for row in (*behind, *changed)], now)
    await clock_sets.write(conn, [*fresh, *counted], now)
    if failed:
        await clock_sets.put_off(conn, failed, now)
    return len(due) + len(changed)


def fired(found: ClockSet, now: datetime) -> ClockSet:
    """A set with nothing new but thresholds that have fallen due."""
    kept, happened = fire(found.kept, now)
    return replace(found, kept=kept, happened=happened)


async def recount(
    conn: "Connection[Any]", found: Sequence[ClockSet], now: datetime
) -> tuple[list[ClockSet], list[UUID]]:
    """Sets as the events and versions have them now, and the ids of those that could not be counted."""
    if not found:
        return [], []
    levels = await service_levels.load(conn, sorted({each.tenant for each in found}))
    # A tenant without agreements costs no more than this: its incidents wait uncounted for the first one.
    bound = [each for each in found if levels[each.tenant].policies or each.kept.rows]
    records = await histories.load(conn, [each.id for each in bound]) if bound else {}
    counted = [each for each in found if not (levels[each.tenant].policies or each.kept.rows)]
    failed = []
    for index, each in enumerate(bound):
        if index % TURN == 0:
            await asyncio.sleep(0)
        try:
            counted.append(await count(each, records[each.id], levels[each.tenant], now))
        except Exception:  # one incident must not keep the clocks of all others from being counted
            log.exception("clocks could not be counted; tried again in 5 minutes", incident=str(each.id))
            failed.append(each.id)
    return counted, failed


async def settle_long(db: "Database", now: datetime) -> bool:
    """Count one long history anew; False where none waits.

    Nothing is locked while it is counted, in a thread of its own. Whatever came in meanwhile (an event,
    a version, another replica's count) has it counted again.
    """
    async with db.transaction() as conn:
        row = await conn.fetchrow(LONG_CHANGED, now)
        if row is None:
            return False
        levels = (await service_levels.load(conn, [row["tenant"]]))[row["tenant"]]
        record = (await histories.load(conn, [row["id"]]))[row["id"]]
    try:
        counted = await asyncio.to_thread(recounted, stored(row), record, levels, now)
    except Exception:  # one incident must not keep the clocks of all others from being counted
        log.exception("clocks could not be counted; tried again in 5 minutes", incident=str(row["id"]))
        async with db.transaction() as conn:
            await clock_sets.put_off(conn, [row["id"]], now)
        return True
    async with db.transaction() as conn:
        await conn.execute(service_levels.TOGETHER)
        held = await conn.fetchrow(HOLD, row["id"])
        if held is None or stored(held) != stored(row):
            return True
        if (await service_levels.load(conn, [row["tenant"]]))[row["tenant"]] == levels:
            await clock_sets.write(conn, [counted], now)
            if held["version"] > counted.kept.through:
                await clock_sets.put_off(conn, [row["id"]], now - clock_sets.AGAIN)
    db.committed.set()
    return True


async def count(
    found: ClockSet, record: histories.Record, levels: service_levels.Levels, now: datetime
) -> ClockSet:
    """`recounted`, beside other requests where the history is long."""
    if len(record.history.moments) > LONG:
        return await asyncio.to_thread(recounted, found, record, levels, now)
    return recounted(found, record, levels, now)


def recounted(
    found: ClockSet, record: histories.Record, levels: service_levels.Levels, now: datetime
) -> ClockSet:
    """One set, folded. Until its first event was counted, the incident is known since it was stored."""
    known_at = found.known_at if found.kept.through else record.history.known_at or found.known_at
    history = replace(record.history, known_at=known_at)
    agreed = agreements(history, *levels)
    kept, happened = fold(record.id, history, found.kept, agreed, now)
    return replace(
        found, known_at=known_at, imported_until=record.imported_until, kept=kept, happened=happened
    )

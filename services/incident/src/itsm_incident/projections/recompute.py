"""Counting clocks anew over past records: with every version that is known by now, or with drafts."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_sla.calendar_form import calendar_from
from itsm_sla.policy_form import policy_from

from itsm_incident.projections import clock_sets, histories, service_levels
from itsm_incident.projections.clock_sets import ClockSet, stored
from itsm_incident.projections.histories import Record
from itsm_incident.projections.service_levels import Levels
from itsm_incident.projections.settling import TURN, count
from itsm_incident.rules.clock import Row, told
from itsm_incident.rules.clock_difference import Totals, differences, pairs, shown
from itsm_incident.rules.clock_fold import agreements, counted, fold
from itsm_incident.rules.draft import check_calendars, drafted

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Lines = AsyncGenerator[dict[str, Any], None]

CHUNK: Final = 50
FIRST: Final = UUID(int=0)

COUNT = "SELECT count(*) FROM incident WHERE tenant = $1 AND opened_at >= $2 AND opened_at < $3"
NEXT = """
SELECT id FROM incident WHERE tenant = $1 AND opened_at >= $2 AND opened_at < $3 AND id > $4
ORDER BY id LIMIT $5
"""
EVERY = """
INSERT INTO clock_set (id, tenant, through, known_at, pins, clocks)
SELECT id, $2, 0, $3, '{}', '[]' FROM unnest($1::uuid[]) AS given (id) ORDER BY id ON CONFLICT DO NOTHING
"""
KEPT = """
SELECT id, tenant, through, known_at, imported_until, pins, clocks FROM clock_set
WHERE id = ANY($1::uuid[]) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records: those opened in [since, until)."""

    since: datetime | None = None
    until: datetime | None = None

    def binds(self, tenant: str) -> tuple[str, datetime, datetime]:
        """The tenant and the two moments."""
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return tenant, self.since or first, self.until or last


async def recompute(db: Database, ctx: Context, scope: Scope, *, apply: bool) -> Lines:
    """Compare what is stored of each clock with a recount by every version known now; store it if asked.

    Yields {incident_id, number, differences}, {progress} after each chunk, {totals} at the end. Chunks are
    committed one by one, so an interrupted one is finished by asking again. `behind` counts records whose
    latest events the stored clocks had not followed yet; that is no difference.
    """
    totals, behind = Totals(), 0
    async for ids, progress in chunks(db, ctx, scope):
        lines, changed = [], []
        async with db.transaction() as conn:
            await conn.execute(service_levels.TOGETHER)
            await conn.execute(EVERY, ids, ctx.tenant, ctx.now)
            found = [stored(row) for row in await conn.fetch(f"{KEPT} FOR UPDATE", ids)]
            levels, records = await known(conn, ctx, ids)
            for index, each in enumerate(found):
                await turn(index)
                record = records[each.id]
                current = await count(each, record, levels, ctx.now)
                behind += bool(levels.policies) and each.kept.through < current.kept.through
                if line := compared(record, current.kept.rows, bound(record, None, levels), totals, ctx.now):
                    lines.append(line)
                    changed.append(renewed(current, record, levels, ctx.now))
            if apply:
                await clock_sets.write(conn, changed, ctx.now)
        if apply:
            db.committed.set()
        for line in lines:
            yield line
        yield progress
    yield {"totals": totals.shown() | {"behind": behind, "applied": apply}}


async def what_if(db: Database, ctx: Context, scope: Scope, drafts: Levels) -> Lines:
    """Compare the clocks by the versions that govern each record with those that the drafts would give.

    Yields the same as `recompute`; stores nothing.
    """
    totals = Totals()
    async for ids, progress in chunks(db, ctx, scope):
        async with db.connection() as conn:
            since = {row["id"]: row["known_at"] for row in await conn.fetch(KEPT, ids) if row["through"]}
            levels, records = await known(conn, ctx, ids)
        asked = Levels(levels.policies + drafts.policies, levels.calendars + drafts.calendars)
        for index, record in enumerate(records.values()):
            await turn(index)
            known_at = since.get(record.id, record.history.known_at)
            both = (bound(record, known_at, levels), bound(record, known_at, asked))
            if line := compared(record, *both, totals, ctx.now):
                yield line
        yield progress
    yield {"totals": totals.shown()}


async def drafts(
    db: Database, ctx: Context, policies: Sequence[dict[str, Any]], calendars: Sequence[dict[str, Any]]
) -> Levels:
    """Drafts as versions that follow the tenant's own; Invalid where one is malformed or gives no clock."""
    async with db.connection() as conn:
        levels = (await service_levels.load(conn, [ctx.tenant]))[ctx.tenant]
    asked = Levels(
        drafted(policies, levels.policies, policy_from, "/policies"),
        drafted(calendars, levels.calendars, calendar_from, "/calendars"),
    )
    check_calendars(asked.policies, levels.calendars + asked.calendars)
    return asked


async def chunks(
    db: Database, ctx: Context, scope: Scope
) -> AsyncGenerator[tuple[list[UUID], dict[str, Any]], None]:
    """The ids of the records, in order, and how far one is with them."""
    binds = scope.binds(ctx.tenant)
    total, done, last = await db.fetchval(COUNT, *binds), 0, FIRST
    while ids := [row["id"] for row in await db.fetch(NEXT, *binds, last, CHUNK)]:
        done, last = done + len(ids), ids[-1]
        yield ids, {"progress": {"records": done, "of": max(total, done)}}


async def known(
    conn: "Connection[Any]", ctx: Context, ids: Sequence[UUID]
) -> tuple[Levels, dict[UUID, Record]]:
    """The tenant's versions, and the records."""
    levels = (await service_levels.load(conn, [ctx.tenant]))[ctx.tenant]
    return levels, await histories.load(conn, ids)


def bound(record: Record, known_at: datetime | None, levels: Levels) -> list[Row]:
    """The clocks by the versions issued before `known_at`, or by all of them where it is None."""
    history = replace(record.history, known_at=known_at)
    agreed = agreements(history, *levels)
    steps = history.steps()
    return [told(record.id, clock, steps[-1], steps[0]) for clock in counted(history, agreed, agreed)]


def compared(
    record: Record, before: Iterable[Row], after: Iterable[Row], totals: Totals, now: datetime
) -> dict[str, Any] | None:
    """The line about a record, None where nothing differs; counted either way."""
    both = pairs(before, after)
    found = differences(both, now)
    totals.add(both, len(found), now)
    if not found:
        return None
    told_apart = [shown(each) for each in found]
    return {"incident_id": str(record.id), "number": record.number, "differences": told_apart}


def renewed(current: ClockSet, record: Record, levels: Levels, now: datetime) -> ClockSet:
    """The set by every version known now, with the facts that correct what was told before."""
    history = replace(record.history, known_at=now)
    unpinned = replace(current.kept, pins={})
    kept, happened = fold(record.id, history, unpinned, agreements(history, *levels), now)
    return replace(current, known_at=now, kept=kept, happened=[*current.happened, *happened])


async def turn(index: int) -> None:
    """Let other requests have theirs now and then."""
    if index % TURN == 0:
        await asyncio.sleep(0)

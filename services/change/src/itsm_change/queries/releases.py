"""Reads of releases: one, its next states, and what happened to it."""

from typing import Any, Final
from uuid import UUID

from itsm_chassis.errors import Missing
from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card
from itsm_chassis.store.timeline import Found, Place, page_of

from itsm_change.rules import release as rules
from itsm_change.rules.release import Release
from itsm_change.tables.finding import find_release, grouped_changes

TIMELINE: Final = page_of()


async def current(db: Database, ctx: Context, reference: str) -> Release:
    """The release behind an id or a number; Missing where there is none."""
    found = await find_release(db, ctx, reference)
    if found is None:
        raise Missing("release")
    return found


async def read(db: Database, ctx: Context, reference: str) -> Card:
    """One release."""
    found = await current(db, ctx, reference)
    return Card(found.version, rules.write(found))


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states, and each change that stands in the way of one."""
    found = await current(db, ctx, reference)
    items = rules.available(found, await grouped_changes(db, ctx, found))
    return {"status": found.status, "items": items}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened."""
    record = UUID((await current(db, ctx, reference)).id)
    rows, after = await timelines.page(db, ctx.tenant, record, TIMELINE, limit, start)
    return [timelines.happening(row) for row in rows], after

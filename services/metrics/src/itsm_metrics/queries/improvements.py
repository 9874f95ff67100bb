"""Reads of improvements: one, its next states, and what happened to it."""

from typing import Any, Final

from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, find
from itsm_chassis.store.timeline import Found, Place, page_of

from itsm_metrics.rules.improvement import Improvement, available
from itsm_metrics.tables import improvement
from itsm_metrics.tables.improvements import IMPROVEMENT

TIMELINE: Final = page_of()


async def card(db: Database, ctx: Context, reference: str) -> Card:
    """One, by its id or its number."""
    return await find(db, ctx, improvement, reference, name="number")


async def read(db: Database, ctx: Context, reference: str) -> Improvement:
    """The same as a value."""
    return IMPROVEMENT.validate_json((await card(db, ctx, reference)).text)


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states."""
    found = await read(db, ctx, reference)
    return {"status": found.status, "items": available(found)}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened."""
    record = (await read(db, ctx, reference)).id
    rows, after = await timelines.page(db, ctx.tenant, record, TIMELINE, limit, start)
    return [timelines.happening(row) for row in rows], after

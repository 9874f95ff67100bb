"""Reads of improvements: one, its next states, what happened to it, and what is said about it."""

import json
from typing import Any, Final
from uuid import UUID

import asyncpg
from itsm_chassis.clock import text
from itsm_chassis.errors import Missing
from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, find
from itsm_chassis.store.tables import event
from itsm_chassis.store.timeline import Found, Place, page_of
from itsm_events.comment import CommentAdded
from sqlalchemy import bindparam, select

from itsm_metrics.rules.improvement import Improvement, available
from itsm_metrics.tables import improvement
from itsm_metrics.tables.improvements import IMPROVEMENT

COMMENT: Final = event.c.type == CommentAdded.type
TIMELINE: Final = page_of()
COMMENTS: Final = page_of(COMMENT)
COMMENT_BY_ID: Final = Compiled(
    select(event).where(
        event.c.subject == bindparam("subject"),
        event.c.record_id == bindparam("record"),
        event.c.tenant == bindparam("tenant"),
        COMMENT,
    )
)


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


async def comments(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of comments."""
    record = (await read(db, ctx, reference)).id
    rows, after = await timelines.page(db, ctx.tenant, record, COMMENTS, limit, start)
    return [comment_of(row) for row in rows], after


async def comment(db: Database, ctx: Context, reference: str, identity: UUID) -> dict[str, Any]:
    """One comment."""
    values = {"subject": identity, "record": (await read(db, ctx, reference)).id, "tenant": ctx.tenant}
    row = await db.fetchrow(COMMENT_BY_ID.sql, *COMMENT_BY_ID.args(values))
    if row is None:
        raise Missing("comment")
    return comment_of(row)


def comment_of(row: asyncpg.Record) -> dict[str, Any]:
    """A comment, from the event that said it."""
    kept = json.loads(row["private"])
    shown = {"id": str(row["subject"]), "improvement_id": str(row["record_id"]), "author": kept["author"]}
    return shown | {"body": kept["body"], "created_at": text(row["time"])}

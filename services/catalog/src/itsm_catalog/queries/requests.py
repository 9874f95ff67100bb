"""Reads of service requests: one of each kind, the next states, and what the events tell."""

import json
from typing import Any, Final
from uuid import UUID

import asyncpg
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.clock import text
from itsm_chassis.errors import Missing
from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import event
from itsm_chassis.store.timeline import Found, Place, page_of
from pydantic import TypeAdapter
from sqlalchemy import and_, bindparam, cast, select
from sqlalchemy.dialects.postgresql import JSONB

from itsm_catalog.rules.requests import access, lifecycle
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_catalog.tables.request_sight import find_request, own

REQUEST: Final = TypeAdapter(ServiceRequest)
COMMENT: Final = "itsm.comment.added.v1"
OF_THE_DESK: Final = frozenset({"note"})
"""Private fields that a requester's timeline leaves out."""

is_comment = event.c.type == COMMENT
internal = and_(is_comment, cast(event.c.envelope, JSONB)["data"]["visibility"].astext == "internal")
TIMELINE: Final = {True: page_of(), False: page_of(~internal)}
COMMENTS: Final = {True: page_of(is_comment), False: page_of(is_comment, ~internal)}
"""For the desk, and for requesters."""

COMMENT_BY_ID: Final = Compiled(
    select(event).where(
        event.c.subject == bindparam("subject"),
        event.c.record_id == bindparam("record"),
        event.c.tenant == bindparam("tenant"),
        is_comment,
    )
)
OWN_EVENTS: Final = and_(event.c.record_id.in_(own()), ~internal)
"""Of requests, approvals, tasks and comments what requesters see elsewhere."""


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states, as the lifecycle and the caller's roles allow them."""
    request = REQUEST.validate_json((await find_request(db, ctx, reference)).text)
    items = lifecycle.available(request, ctx.now)
    for item in items:
        if item["allowed"] and (why := access.may_move(ctx.roles, ctx.actor, request, item["to"])):
            item |= {"allowed": False, "why": why, "requires": []}
    return {"status": request.status, "items": items}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened to the request, its approvals and tasks, and what was said."""
    rows, after = await page(db, ctx, TIMELINE, reference, limit, start)
    return [happening(row, is_staff(ctx.roles)) for row in rows], after


async def comments(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of comments."""
    rows, after = await page(db, ctx, COMMENTS, reference, limit, start)
    return [comment_of(row) for row in rows], after


async def comment(db: Database, ctx: Context, reference: str, identity: UUID) -> dict[str, Any]:
    """One comment."""
    record = await identified(db, ctx, reference)
    values = {"subject": identity, "record": record, "tenant": ctx.tenant}
    row = await db.fetchrow(COMMENT_BY_ID.sql, *COMMENT_BY_ID.args(values))
    shown = None if row is None else comment_of(row)
    if shown is None or (shown["visibility"] == "internal" and not is_staff(ctx.roles)):
        raise Missing("comment")
    return shown


async def identified(db: Database, ctx: Context, reference: str) -> UUID:
    """The id of a request that the caller may see."""
    return UUID(json.loads((await find_request(db, ctx, reference)).text)["id"])


async def page(
    db: Database,
    ctx: Context,
    statements: dict[bool, Compiled],
    reference: str,
    limit: int,
    start: Place | None,
) -> tuple[list[asyncpg.Record], Place | None]:
    """A page of a request that the caller may see."""
    record = await identified(db, ctx, reference)
    return await timelines.page(db, ctx.tenant, record, statements[is_staff(ctx.roles)], limit, start)


def happening(row: asyncpg.Record, staff: bool) -> dict[str, Any]:
    """An event as the timeline shows it; what the desk notes for itself only to the desk."""
    shown = timelines.happening(row)
    if not staff:
        shown["data"] = {name: value for name, value in shown["data"].items() if name not in OF_THE_DESK}
    return shown


def comment_of(row: asyncpg.Record) -> dict[str, Any]:
    """A comment, from the event that said it."""
    kept, envelope = json.loads(row["private"]), json.loads(row["envelope"])
    shown = {"id": str(row["subject"]), "request_id": str(row["record_id"]), "author": kept["author"]}
    shown |= {"visibility": envelope["data"]["visibility"], "body": kept["body"]}
    return shown | {"created_at": text(row["time"]), "imported": envelope["imported"]}

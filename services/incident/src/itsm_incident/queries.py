"""Reads: one incident, its next states, and what its events tell."""

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
from itsm_chassis.store.records import Card
from itsm_chassis.store.tables import event
from itsm_chassis.store.timeline import Found, Place, page_of
from itsm_events.escalation import EscalationApplied
from itsm_events.notification import NotificationRequested
from sqlalchemy import ColumnElement, and_, bindparam, cast, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from itsm_incident.rules import access, card, lifecycle
from itsm_incident.tables import find, own, watcher

COMMENT: Final = "itsm.comment.added.v1"
said = cast(event.c.private, JSONB)
public = cast(event.c.envelope, JSONB)["data"]
is_comment = event.c.type == COMMENT
internal = or_(
    and_(is_comment, public["visibility"].astext == "internal"),
    event.c.type == EscalationApplied.type,
    event.c.type == NotificationRequested.type,
)
has_words = or_(is_comment, said.has_key("comment"))


TIMELINE: Final = {True: page_of(), False: page_of(~internal)}
COMMENTS: Final = {True: page_of(has_words), False: page_of(is_comment, ~internal)}
"""For the desk, and for requesters: an imported step's words are the desk's."""

COMMENT_BY_ID: Final = Compiled(
    select(event).where(
        event.c.subject == bindparam("subject"),
        event.c.record_id == bindparam("record"),
        event.c.tenant == bindparam("tenant"),
        is_comment,
    )
)
WATCHERS: Final = Compiled(
    select(watcher.c.card)
    .where(watcher.c.incident_id == bindparam("incident"), watcher.c.tenant == bindparam("tenant"))
    .order_by(watcher.c.id)
)


OWN_EVENTS: Final = and_(event.c.record_id.in_(own()), ~internal)


def feed_scope(ctx: Context) -> ColumnElement[bool] | None:
    """What a caller's event feed shows: everything to the desk, to requesters what they see elsewhere."""
    return None if is_staff(ctx.roles) else OWN_EVENTS


SUSPECTS: Final = """
SELECT said FROM suspect WHERE incident_id = $1 AND tenant = $2 AND state <> 'withdrawn'
ORDER BY state = 'confirmed' DESC, state = 'suspected' DESC,
    (said::json ->> 'score')::float DESC NULLS LAST, id
"""


async def suspects(db: Database, ctx: Context, reference: str) -> str:
    """The changes that may have caused an incident, as JSON text."""
    record = UUID(card.read((await find(db, ctx, reference)).text).id)
    rows = await db.fetch(SUSPECTS, record, ctx.tenant)
    return f'{{"items":[{",".join(row["said"] for row in rows)}]}}'


async def read(db: Database, ctx: Context, reference: str) -> Card:
    """One incident that the caller may see."""
    return await find(db, ctx, reference)


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states, as the lifecycle and the caller's roles allow them."""
    incident = card.read((await find(db, ctx, reference)).text)
    items = lifecycle.available(incident.status)
    for item in items:
        if item["allowed"] and (why := access.may_move(ctx.roles, ctx.actor, incident, item["to"])):
            item |= {"allowed": False, "why": why, "requires": []}
    return {"status": incident.status, "items": items}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened; internal comments and imported remarks only for the desk."""
    staff = is_staff(ctx.roles)
    rows, after = await page(db, ctx, TIMELINE[staff], reference, limit, start)
    return [happening(row, staff) for row in rows], after


async def comments(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of comments; a remark of an imported step counts as an internal one."""
    rows, after = await page(db, ctx, COMMENTS[is_staff(ctx.roles)], reference, limit, start)
    return [comment_of(row) for row in rows], after


async def comment(db: Database, ctx: Context, reference: str, identity: UUID) -> dict[str, Any]:
    """One comment."""
    record = UUID(card.read((await find(db, ctx, reference)).text).id)
    values = {"subject": identity, "record": record, "tenant": ctx.tenant}
    row = await db.fetchrow(COMMENT_BY_ID.sql, *COMMENT_BY_ID.args(values))
    shown = None if row is None else comment_of(row)
    if shown is None or (shown["visibility"] == "internal" and not is_staff(ctx.roles)):
        raise Missing("comment")
    return shown


async def watchers(db: Database, ctx: Context, reference: str) -> list[Any]:
    """Everybody who watches an incident."""
    record = UUID(card.read((await find(db, ctx, reference)).text).id)
    rows = await db.fetch(WATCHERS.sql, *WATCHERS.args({"incident": record, "tenant": ctx.tenant}))
    return [json.loads(row["card"]) for row in rows]


async def page(
    db: Database, ctx: Context, statement: Compiled, reference: str, limit: int, start: Place | None
) -> tuple[list[asyncpg.Record], Place | None]:
    """A page of an incident that the caller may see."""
    record = UUID(card.read((await find(db, ctx, reference)).text).id)
    return await timelines.page(db, ctx.tenant, record, statement, limit, start)


def happening(row: asyncpg.Record, staff: bool) -> dict[str, Any]:
    """An event as the timeline shows it; an imported remark only to the desk."""
    shown = timelines.happening(row)
    if not staff and row["type"] != COMMENT:
        shown["data"].pop("comment", None)
    return shown


def comment_of(row: asyncpg.Record) -> dict[str, Any]:
    """A comment, from the event that said it or from an imported step."""
    kept, own = json.loads(row["private"]), row["type"] == COMMENT
    visibility = json.loads(row["envelope"])["data"]["visibility"] if own else "internal"
    shown = {"id": str(row["subject"] if own else row["id"]), "incident_id": str(row["record_id"])}
    shown |= {"author": kept.get("author" if own else "assignee"), "visibility": visibility}
    shown |= {"body": kept["body" if own else "comment"], "created_at": text(row["time"])}
    return shown | {"imported": not own}

"""Reads: one change, its next states, and what its events tell. Requesters see only their own."""

import json
from typing import Any, Final
from uuid import UUID

import asyncpg
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.clock import text
from itsm_chassis.errors import Missing
from itsm_chassis.store import records
from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, Card, load
from itsm_chassis.store.tables import event
from itsm_chassis.store.timeline import Found, Place, page_of
from itsm_events import opaque
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from itsm_change.rules import access, card, lifecycle
from itsm_change.tables import approval, change, person
from itsm_change.tables.finding import find, in_the_way, own

COMMENT: Final = "itsm.comment.added.v1"
is_comment = event.c.type == COMMENT
internal = and_(is_comment, cast(event.c.envelope, JSONB)["data"]["visibility"].astext == "internal")

TIMELINE: Final = {True: page_of(), False: page_of(~internal)}
COMMENTS: Final = {True: page_of(is_comment), False: page_of(is_comment, ~internal)}
"""For the staff, and for requesters."""

COMMENT_BY_ID: Final = Compiled(
    select(event).where(
        event.c.subject == bindparam("subject"),
        event.c.record_id == bindparam("record"),
        event.c.tenant == bindparam("tenant"),
        is_comment,
    )
)
SUSPECTS: Final = """
SELECT card FROM suspect WHERE change_id = $1 AND tenant = $2 AND state <> 'withdrawn'
ORDER BY state = 'confirmed' DESC, state = 'suspected' DESC,
    (card::json ->> 'score')::float DESC NULLS LAST, id
"""
TASKS: Final = "SELECT card FROM change_task WHERE change_id = $1 AND tenant = $2 ORDER BY id"


def own_link(table: Table) -> ColumnElement[bool]:
    """The caller made it."""
    return table.c.person == ACTOR


OWN_EVENTS: Final = and_(
    event.c.record_id.in_(select(change.c.id).where(change.c.tenant == bindparam("tenant"), own(change))),
    ~internal,
)

ME: Final = cast(bindparam("actor", type_=Text), Text)
"""The caller's opaque id, where a list of approvals is asked for."""


def stood_in() -> Select[Any]:
    """The voters in whose place the caller can vote now, as one array."""
    now = func.now()
    return select(func.array_agg(person.c.key)).where(
        person.c.tenant == approval.c.tenant,
        person.c.delegate == ME,
        person.c.active,
        or_(person.c.delegate_from.is_(None), person.c.delegate_from <= now),
        or_(person.c.delegate_until.is_(None), person.c.delegate_until > now),
    )


def awaits() -> ColumnElement[bool]:
    """Steps in which the caller can vote now: their own vote is open, or one that they stand in for."""
    names = func.array_append(stood_in().scalar_subquery(), ME)
    return and_(approval.c.status == "pending", approval.c.waiting.op("&&")(cast(names, ARRAY(Text))))


def concerns() -> ColumnElement[bool]:
    """Steps in which the caller votes or has voted, and those in which they can now."""
    return or_(any_(approval.c.voters) == ME, awaits())


def feed_scope(ctx: Context) -> ColumnElement[bool] | None:
    """What a caller's event feed shows: everything to the staff, to requesters what they see elsewhere."""
    return None if is_staff(ctx.roles) else OWN_EVENTS


async def read(db: Database, ctx: Context, reference: str) -> Card:
    """One change that the caller may see."""
    return await find(db, ctx, reference)


async def named(db: Database, ctx: Context, table: Table, reference: str, name: str = "key") -> Card:
    """One record of a kind that everybody who may read it sees all of, by its id or key."""
    return await records.find(db, ctx, table, reference, name=name)


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states, as lifecycle, circumstances and the caller's roles allow them."""
    state = card.read((await find(db, ctx, reference)).text)
    stops = {to: await in_the_way(db, ctx, state, to) for to in lifecycle.ways(state)}
    items = lifecycle.available(state, stops)
    for item in items:
        if item["allowed"] and (why := access.may_move(ctx.roles, ctx.actor, state, item["to"])):
            item |= {"allowed": False, "why": why, "requires": []}
    return {"status": state.status, "items": items}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened; internal comments only for the staff."""
    rows, after = await page(db, ctx, TIMELINE[is_staff(ctx.roles)], reference, limit, start)
    return [timelines.happening(row) for row in rows], after


async def comments(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of comments."""
    rows, after = await page(db, ctx, COMMENTS[is_staff(ctx.roles)], reference, limit, start)
    return [comment_of(row) for row in rows], after


async def comment(db: Database, ctx: Context, reference: str, identity: UUID) -> dict[str, Any]:
    """One comment."""
    values = {"subject": identity, "record": await id_of(db, ctx, reference), "tenant": ctx.tenant}
    row = await db.fetchrow(COMMENT_BY_ID.sql, *COMMENT_BY_ID.args(values))
    shown = None if row is None else comment_of(row)
    if shown is None or (shown["visibility"] == "internal" and not is_staff(ctx.roles)):
        raise Missing("comment")
    return shown


async def tasks(db: Database, ctx: Context, reference: str) -> list[Any]:
    """Every task of a change, in the order in which they were opened."""
    rows = await db.fetch(TASKS, await id_of(db, ctx, reference), ctx.tenant)
    return [json.loads(row["card"]) for row in rows]


async def suspects(db: Database, ctx: Context, reference: str) -> str:
    """The incidents that a change may have caused, as JSON text."""
    rows = await db.fetch(SUSPECTS, await id_of(db, ctx, reference), ctx.tenant)
    return f'{{"items":[{",".join(row["card"] for row in rows)}]}}'


async def step(db: Database, ctx: Context, identity: UUID) -> Card:
    """One approval step; to a requester only where they vote in it, or it is of their own change."""
    found = await load(db, approval, ctx.tenant, identity)
    if found is None:
        raise Missing("approval")
    if not is_staff(ctx.roles):
        form = json.loads(found.text)
        if opaque(ctx.tenant, ctx.actor) not in form["voters"]:
            await find(db, ctx, form["change_id"])
    return found


async def id_of(db: Database, ctx: Context, reference: str) -> UUID:
    """The id of a change that the caller may see."""
    return UUID(card.read((await find(db, ctx, reference)).text).id)


async def page(
    db: Database, ctx: Context, statement: Compiled, reference: str, limit: int, start: Place | None
) -> tuple[list[asyncpg.Record], Place | None]:
    """A page of a change that the caller may see."""
    record = await id_of(db, ctx, reference)
    return await timelines.page(db, ctx.tenant, record, statement, limit, start)


def comment_of(row: asyncpg.Record) -> dict[str, Any]:
    """A comment, from the event that said it."""
    kept = json.loads(row["private"])
    shown = {"id": str(row["subject"]), "change_id": str(row["record_id"]), "author": kept.get("author")}
    shown |= {"visibility": json.loads(row["envelope"])["data"]["visibility"]}
    return shown | {"body": kept["body"], "created_at": text(row["time"])}

"""A service small enough to test the chassis with: things, which say `itsm.change.requested.v1`."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from itsm_chassis import clock
from itsm_chassis.store.compiled import ASYNCPG
from itsm_chassis.store.context import Answer, Context, Key
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.records import load
from itsm_chassis.store.tables import declare, record_table
from itsm_chassis.store.work import Work, fact
from itsm_events.change import ChangeRequested
from sqlalchemy import Column, MetaData, Text
from sqlalchemy.schema import CreateIndex, CreateTable

metadata = MetaData()
declare(metadata)
thing = record_table("thing", metadata, Column("title", Text, nullable=False))


async def create_tables(url: str) -> None:
    """Every table of the toy, without migrations."""
    connection = await asyncpg.connect(url)
    for table in metadata.sorted_tables:
        await connection.execute(str(CreateTable(table).compile(dialect=ASYNCPG)))
        for index in table.indexes:
            await connection.execute(str(CreateIndex(index).compile(dialect=ASYNCPG)))
    await connection.close()


def context(
    *, tenant: str = "acme", key: str | None = None, expected: int | None = None, now: datetime | None = None
) -> Context:
    """One call by anna."""
    held = Key(key, "POST", "/v1/things", b"print") if key else None
    return Context(tenant, "anna", frozenset({"agent"}), now or clock.now(), None, held, expected)


def said(title: str) -> ChangeRequested:
    """The fact that a thing of this title states."""
    at = datetime.fromisoformat("2026-03-02T08:15:00Z")
    return ChangeRequested(
        number="CHG-000001",
        title=title,
        change_type="normal",
        status="new",
        requester="anna",
        requested_at=at,
    )


def created(ctx: Context, title: str, identity: UUID | None = None) -> tuple[Sequence[Work], Answer]:
    """The decision to create a thing."""
    made = identity or new_id()
    card = json.dumps({"id": str(made), "title": title})
    row: dict[str, Any] = {"id": made, "tenant": ctx.tenant, "version": 1, "card": card, "title": title}
    facts = [fact(ctx, "toy", said(title), subject=made, sequence=1)]
    return [Work("insert", facts, thing, made, ctx.tenant, row)], Answer(201, card, 1, f"/v1/things/{made}")


async def renamed(db: Database, ctx: Context, made: UUID, title: str) -> tuple[Sequence[Work], Answer]:
    """The decision to rename a thing, from the version that is there now."""
    card = await load(db, thing, ctx.tenant, made)
    assert card is not None
    version = card.version + 1
    text = json.dumps({"id": str(made), "title": title})
    was = ctx.expected if ctx.expected is not None else card.version
    facts = [fact(ctx, "toy", said(title), subject=made, sequence=version)]
    row = {"version": version, "card": text, "title": title}
    return [Work("update", facts, thing, made, ctx.tenant, row, was)], Answer(200, text, version)

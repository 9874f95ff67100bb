"""Versions of what is issued by its key: each is one event, and the record shows the latest one."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision
from itsm_chassis.store.records import Card, find, load
from itsm_chassis.store.work import Work, fact
from itsm_events import Event
from sqlalchemy import Column, DateTime, Table, Uuid

from itsm_change.commands.recording import SOURCE


class Latest(NamedTuple):
    """A record as its latest version shows it."""

    id: UUID
    version: int
    form: dict[str, Any]


def latest(card: Card) -> Latest:
    """The record that a card shows."""
    form = json.loads(card.text)
    return Latest(UUID(form["id"]), card.version, form)


async def predecessor(db: Database, ctx: Context, table: Table, key: str, *, succeeds: bool) -> Latest | None:
    """What a new version of `key` follows: None for the first one.

    `succeeds` says that the caller has read a version (If-Match). Raises Refused where there is one that
    they have not, and Stale where it is another, or none.
    """
    card = await load(db, table, ctx.tenant, key, "key")
    if not succeeds:
        if card is None:
            return None
        raise Refused(
            "already_exists",
            f"The {table.name.replace('_', ' ')} {key} is there already, in version {card.version}. "
            f'To issue the next one, read it and send If-Match: "{card.version}".',
        )
    if card is None or ctx.expected not in (None, card.version):
        raise Stale(card.version if card else None)
    return latest(card)


async def current(db: Database, ctx: Context, table: Table, reference: str) -> Latest:
    """The record as it is now; raises Missing, and Stale where it has moved on."""
    card = await find(db, ctx, table, reference, name="key")
    if ctx.expected not in (None, card.version):
        raise Stale(card.version)
    return latest(card)


def issued(
    ctx: Context,
    table: Table,
    before: Latest | None,
    form: dict[str, Any],
    said: type[Event],
    place: str | None,
) -> Decision:
    """The decision to store a version and to state it; `form` is all that it shows beside id and version."""
    identity = before.id if before else new_id()
    version = before.version + 1 if before else 1
    shown = {"id": str(identity), **form, "version": version}
    card = json.dumps(shown, ensure_ascii=False)
    values: dict[str, Any] = {"id": identity, "tenant": ctx.tenant, "card": card}
    values |= {c.name: typed(c, shown[c.name]) for c in table.columns if c.name not in values}
    happened = fact(ctx, SOURCE, said.model_validate(shown), subject=identity, sequence=version)
    mode: Any = "update" if before else "insert"
    work = Work(mode, [happened], table, identity, ctx.tenant, values, before.version if before else 0)
    where = f"{place}/{identity}" if place else None
    return [work], Answer(201 if place else 200, card, version, where)


def typed(column: Column[Any], value: Any) -> Any:
    """A value as its column takes it."""
    is_time = isinstance(column.type, DateTime) and value is not None
    return (
        datetime.fromisoformat(value) if is_time else UUID(value) if isinstance(column.type, Uuid) else value
    )

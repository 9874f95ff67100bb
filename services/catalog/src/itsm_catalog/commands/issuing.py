"""Versions of calendars, policies and types: each is issued once, never changed, and said as one event."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision
from itsm_chassis.store.records import Card, find, load
from itsm_chassis.store.work import Work, fact
from itsm_events import Event
from pydantic_core import to_json
from sqlalchemy import Table

LINE = ("version", "valid_from", "issued_at", "retired")
"""What a record tells of each of its versions, as far as they have it."""


class Version(Protocol):
    """A version; it has a field for each column of its record's table."""

    @property
    def version(self) -> int:
        """Its number, counting from 1."""


class Latest(NamedTuple):
    """A record as its latest version shows it."""

    id: UUID
    version: int
    shown: dict[str, Any]


def latest(card: Card) -> Latest:
    """The record that a card shows."""
    shown = json.loads(card.text)
    return Latest(UUID(shown["id"]), card.version, shown)


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
    """The record to issue a further version of; raises Missing, and Stale where it has moved on."""
    card = await find(db, ctx, table, reference, name="key")
    if ctx.expected not in (None, card.version):
        raise Stale(card.version)
    return latest(card)


def issued(
    ctx: Context,
    table: Table,
    before: Latest | None,
    version: Version,
    form: Mapping[str, Any],
    said: Event,
    *,
    place: str,
    status: int = 201,
) -> Decision:
    """The decision to issue a version: `form` is what the record shows of it, `place` its collection."""
    identity = before.id if before else new_id()
    lines = [
        *(before.shown["versions"] if before else ()),
        {name: form[name] for name in LINE if name in form},
    ]
    card = to_json({"id": identity, **form, "versions": lines}).decode()
    row = {"id": identity, "tenant": ctx.tenant, "card": card}
    row |= {
        c.name: getattr(version, c.name) for c in table.columns if c.name not in row and c.computed is None
    }
    happened = fact(ctx, "catalog", said, subject=identity, sequence=version.version)
    work = Work(
        "update" if before else "insert",
        [happened],
        table,
        identity,
        ctx.tenant,
        row,
        before.version if before else 0,
    )
    where = f"{place}/{identity}" if status == 201 else None
    return [work], Answer(status, card, version.version, where)

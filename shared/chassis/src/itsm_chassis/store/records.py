"""Single records, always within one tenant: read by id or by name, and stored anew."""

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from itsm_events import Event
from pydantic_core import to_json
from sqlalchemy import ColumnElement, Table, Text, bindparam, select

from itsm_chassis.errors import Missing
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import shown
from itsm_chassis.store.work import Work, fact

AN_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)

Condition = Callable[[Table], ColumnElement[bool]]
"""What restricts a caller's sight; it may use the bind `ACTOR`."""

ACTOR = bindparam("actor", type_=Text)
"""The caller's subject, in a `Condition`."""


class Card(NamedTuple):
    """A record as it is stored: its version and its JSON text."""

    version: int
    text: str


class Record(Protocol):
    """A dataclass whose fields are a record's representation."""

    @property
    def id(self) -> UUID:
        """Who it is."""

    @property
    def version(self) -> int:
        """How often it has changed, counting from 1."""


@functools.cache
def by(table: Table, column: str, scope: Condition | None = None) -> Compiled:
    """The statement that reads one card by a unique column."""
    where = (table.c.tenant == bindparam("tenant")) & (table.c[column] == bindparam("value"))
    if scope is not None:
        where &= scope(table)
    return Compiled(select(table.c.version, shown(table)).where(where))


async def load(db: Database, table: Table, tenant: str, value: UUID | str, column: str = "id") -> Card | None:
    """One record by its id, or by another column that is unique in the tenant; None if absent."""
    statement = by(table, column)
    row = await db.fetchrow(statement.sql, *statement.args({"tenant": tenant, "value": value}))
    return Card(row["version"], row["card"]) if row else None


async def find(
    db: Database, ctx: Context, table: Table, reference: str, *, name: str, scope: Condition | None = None
) -> Card:
    """The record that a path means: by its UUID, or else by the column `name`, such as its number.

    `scope` restricts what the caller sees. Raises `Missing`, whether it is absent or not theirs.
    """
    by_id = AN_ID.fullmatch(reference) is not None
    statement = by(table, "id" if by_id else name, scope)
    values = {"tenant": ctx.tenant, "actor": ctx.actor, "value": UUID(reference) if by_id else reference}
    row = await db.fetchrow(statement.sql, *statement.args(values))
    if row is None:
        raise Missing(table.name)
    return Card(row["version"], row["card"])


def created(
    ctx: Context, table: Table, record: Record, said: Event, *, source: str, place: str
) -> tuple[list[Work], Answer]:
    """The decision to store a new record and to state the event that it begins with.

    The columns of `table` take the record's fields of the same names; `source` is the service,
    `place` the path of its collection.
    """
    card = to_json(record).decode()
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": card}
    row |= {c.name: getattr(record, c.name) for c in table.columns if c.name not in row}
    happened = fact(ctx, source, said, subject=record.id, sequence=record.version)
    work = Work("insert", [happened], table, record.id, ctx.tenant, row)
    return [work], Answer(201, card, record.version, f"{place}/{record.id}")

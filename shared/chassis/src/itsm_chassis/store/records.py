"""Reading single records, always within one tenant."""

import functools
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Table, bindparam, select

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database


class Card(NamedTuple):
    """A record as it is stored: its version and its JSON text."""

    version: int
    text: str


@functools.cache
def by(table: Table, column: str) -> Compiled:
    """The statement that reads one card by a unique column."""
    where = (table.c.tenant == bindparam("tenant")) & (table.c[column] == bindparam("value"))
    return Compiled(select(table.c.version, table.c.card).where(where))


async def load(db: Database, table: Table, tenant: str, value: UUID | str, column: str = "id") -> Card | None:
    """One record by its id, or by another column that is unique in the tenant; None if absent."""
    statement = by(table, column)
    row = await db.fetchrow(statement.sql, *statement.args({"tenant": tenant, "value": value}))
    return Card(row["version"], row["card"]) if row else None

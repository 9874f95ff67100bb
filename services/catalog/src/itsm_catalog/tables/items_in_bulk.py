"""Many configuration items and edges at once: a statement or a COPY for all of a chunk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.copying import copy
from sqlalchemy import ARRAY, Table, bindparam, column, func, select, update
from sqlalchemy.dialects.postgresql import insert

from itsm_catalog.rules.dependencies import Node
from itsm_catalog.tables.configuration import configuration_item, dependency

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

PATIENCE_S: Final = 30.0
LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = '20s'"
"""A twin import may hold these rows until its chunk commits; that takes about a second."""

HELD: Final = """
SELECT key, card FROM configuration_item WHERE tenant = $1 AND key = ANY ($2) ORDER BY key FOR NO KEY UPDATE
"""
KNOWN: Final = """
SELECT id, 'configuration_item' AS kind, key, status FROM configuration_item
WHERE tenant = $1 AND key = ANY ($2)
"""
TYPES: Final = """
SELECT key, version, card FROM configuration_item_type WHERE tenant = $1 AND key = ANY ($2)
"""
OUTGOING: Final = """
SELECT id, dependent_id, dependency_id, dependency_key FROM dependency
WHERE tenant = $1 AND dependent_id = ANY ($2)
"""
EVERY_EDGE: Final = "SELECT dependent_id, dependency_id FROM dependency WHERE tenant = $1"
REMOVED: Final = "DELETE FROM dependency WHERE tenant = $1 AND id = ANY ($2) RETURNING id"


def given(table: Table) -> Any:
    """Rows of a table from one array per column."""
    arrays = (bindparam(f"all_{c.name}", type_=ARRAY(c.type)) for c in table.columns)
    rows = func.unnest(*arrays).table_valued(*(column(c.name, c.type) for c in table.columns))
    return rows.render_derived("given")


ROWS: Final = given(configuration_item)
# In one order for every writer, so that twin imports wait for each other and never in a circle.
INSERTED: Final = Compiled(
    insert(configuration_item)
    .from_select([c.name for c in ROWS.c], select(*ROWS.c).order_by(ROWS.c.key))
    .on_conflict_do_nothing(index_elements=["tenant", "key"])
    .returning(configuration_item.c.id)
)
UPDATED: Final = Compiled(
    update(configuration_item)
    .where(configuration_item.c.id == ROWS.c.id)
    .values({c.name: ROWS.c[c.name] for c in configuration_item.columns if c.name not in ("id", "tenant")})
    .returning(configuration_item.c.id)
)


class Outrun(Exception):
    """Another writer registered one of these keys first."""


async def insert_items(conn: "Connection[Any]", rows: Sequence[dict[str, Any]]) -> None:
    """Store new items; Outrun where a key is taken meanwhile."""
    if rows and len(await conn.fetch(INSERTED.sql, *INSERTED.args(arrays(rows)), timeout=PATIENCE_S)) < len(
        rows
    ):
        raise Outrun


async def update_items(conn: "Connection[Any]", rows: Sequence[dict[str, Any]]) -> None:
    """Store items anew whose rows the transaction holds."""
    if rows:
        await conn.fetch(UPDATED.sql, *UPDATED.args(arrays(rows)), timeout=PATIENCE_S)


def arrays(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Rows turned into one array per column."""
    return {f"all_{c.name}": [row[c.name] for row in rows] for c in configuration_item.columns}


async def insert_edges(conn: "Connection[Any]", rows: Sequence[dict[str, Any]]) -> None:
    """Store new edges of whoever is the only one to add any."""
    names = [c.name for c in dependency.columns]
    await copy(conn, dependency.name, names, (tuple(row[name] for name in names) for row in rows), PATIENCE_S)


async def known(conn: "Connection[Any]", tenant: str, keys: Sequence[str]) -> dict[str, Node]:
    """Items by their keys, as far as there are any."""
    return {row["key"]: Node(*row) for row in await conn.fetch(KNOWN, tenant, keys)}


async def removed(conn: "Connection[Any]", tenant: str, edges: Sequence[UUID]) -> set[UUID]:
    """Take edges away; those that were still there."""
    return {row["id"] for row in await conn.fetch(REMOVED, tenant, edges)}

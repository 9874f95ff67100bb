"""Many new records of one table and their facts at once: one INSERT of the rows, COPY for the rest."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Column, Table, Text, bindparam, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.copying import copy
from itsm_chassis.store.database import Connection, Database
from itsm_chassis.store.tables import LATER, event, outbox
from itsm_chassis.store.work import Fact

PATIENCE_S: Final = 60
TURN: Final = 64
"""Facts made before other requests get their turn."""

LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = '20s'"
"""A twin import may hold an external_id until its chunk commits; that takes about a second."""

DRAWN: Final = "SELECT nextval(pg_get_serial_sequence('outbox', 'position')) FROM generate_series(1, $1)"

Known = dict[str, tuple[UUID, bytes | None]]


class Bulk:
    """The statements for a table whose records have an `external_id`, unique in the tenant, and an
    `import_digest`; the columns `aside` keep their defaults.
    """

    def __init__(self, table: Table, aside: Collection[str] = ()) -> None:
        """Compile them now."""
        self._columns = [c for c in table.columns if c.name not in aside]
        self._known = Compiled(
            select(table.c.external_id, table.c.id, table.c.import_digest).where(
                table.c.tenant == bindparam("tenant"),
                table.c.external_id == func.any(bindparam("wanted", type_=ARRAY(Text))),
            )
        )
        arrays = (bindparam(f"all_{c.name}", type_=ARRAY(sent(c))) for c in self._columns)
        named = (column(c.name, sent(c)) for c in self._columns)
        given = func.unnest(*arrays).table_valued(*named).render_derived("given")
        # In one order for every writer, so that twin imports wait for each other and never in a circle.
        rows = select(*(taken(c) for c in self._columns)).select_from(given).order_by(given.c.external_id)
        self._store = Compiled(
            insert(table)
            .from_select([c.name for c in self._columns], rows)
            .on_conflict_do_nothing(index_elements=["tenant", "external_id"])
            .returning(table.c.external_id)
        )

    async def known(self, db: Database, tenant: str, wanted: Sequence[str]) -> Known:
        """Id and digest of the records that have these external ids."""
        async with db.connection() as connection:
            return await self._ask(connection, tenant, wanted)

    async def _ask(self, connection: "Connection[Any]", tenant: str, wanted: Sequence[str]) -> Known:
        values = {"tenant": tenant, "wanted": list(wanted)}
        rows = await connection.fetch(self._known.sql, *self._known.args(values))
        return {row["external_id"]: (row["id"], row["import_digest"]) for row in rows}

    async def store(
        self, db: Database, tenant: str, rows: Sequence[Mapping[str, Any]], facts: Sequence[Iterable[Fact]]
    ) -> Known:
        """Store records with their facts in one commit; returns those that a twin stored first, untouched."""
        values = {f"all_{c.name}": [text(c, row[c.name]) for row in rows] for c in self._columns}
        async with db.transaction() as connection:
            await connection.execute(LOCK_TIMEOUT)
            new = await connection.fetch(self._store.sql, *self._store.args(values), timeout=PATIENCE_S)
            mine = {row["external_id"] for row in new}
            spoken: list[tuple[str, UUID]] = []
            said = noted(
                spoken, (those for row, those in zip(rows, facts, strict=True) if row["external_id"] in mine)
            )
            await copy(connection, event.name, [c.name for c in event.columns], said, PATIENCE_S)
            drawn = await connection.fetch(DRAWN, len(spoken))
            later = [(LATER + row[0], *told) for row, told in zip(drawn, spoken, strict=True)]
            await copy(connection, outbox.name, ["position", "tenant", "event_id"], later, PATIENCE_S)
            others = [row["external_id"] for row in rows if row["external_id"] not in mine]
            lost = await self._ask(connection, tenant, others) if others else {}
        db.committed.set()
        return lost


def sent(c: Column[Any]) -> Any:
    """The type in which a column's values travel: unnest would flatten arrays of arrays."""
    return Text() if isinstance(c.type, ARRAY) else c.type


def text(c: Column[Any], value: Any) -> Any:
    """A value as it travels: a list as JSON."""
    return json.dumps(value) if isinstance(c.type, ARRAY) else value


def taken(c: Column[Any]) -> Any:
    """A column's value out of what travelled."""
    if not isinstance(c.type, ARRAY):
        return column(c.name, c.type)
    return literal_column(f"ARRAY(SELECT json_array_elements_text(given.{c.name}::json))")


async def noted(spoken: list[tuple[str, UUID]], facts: Iterable[Iterable[Fact]]) -> AsyncIterator[Fact]:
    """The facts one by one; `spoken` gets what the outbox is to hold of them."""
    for fact in chain.from_iterable(facts):
        if len(spoken) % TURN == 0:
            await asyncio.sleep(0)
        spoken.append((fact.tenant, fact.id))
        yield fact

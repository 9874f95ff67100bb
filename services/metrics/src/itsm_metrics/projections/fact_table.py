"""A table of folded facts: brought up to date by difference, or filled anew."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import Table, delete, select

from itsm_metrics.projections.arrays import bound, given

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Row = tuple[Any, ...]

PATIENT_S = 24 * 3600.0
"""For what takes as long as the history is: no statement of a rebuild is cut off before this."""


class FactTable:
    """Statements of one table whose rows belong to (tenant, subject)."""

    def __init__(self, table: Table) -> None:
        """Compile them, once."""
        self.name = table.name
        self.columns = list(table.columns)
        self.key = list(table.primary_key.columns)
        self.owner = [table.c.tenant, table.c.subject]
        owners, keys = given(self.owner), given(self.key)
        self._read = Compiled(select(*self.columns).where(*(owners.c[c.name] == c for c in self.owner)))
        self._remove = Compiled(delete(table).where(*(keys.c[c.name] == c for c in self.key)))
        self._drop = Compiled(delete(table))

    async def replace(
        self, conn: "Connection[Any]", subjects: Collection[tuple[str, UUID]], rows: Iterable[Row]
    ) -> tuple[set[Row], set[Row]]:
        """Make `rows` all that is stored of `subjects`; returns the rows removed and added."""
        new = set(rows)
        old = {tuple(r) for r in await conn.fetch(self._read.sql, *bound(self._read, self.owner, subjects))}
        stale, fresh = old - new, new - old
        if stale:
            keys = [row[: len(self.key)] for row in stale]
            await conn.execute(self._remove.sql, *bound(self._remove, self.key, keys))
        if fresh:
            await self.fill(conn, fresh)
        return stale, fresh

    async def drop(self, conn: "Connection[Any]") -> None:
        """Forget every fact, in this transaction: readers see them until it commits."""
        await conn.execute(self._drop.sql, timeout=PATIENT_S)

    async def fill(self, conn: "Connection[Any]", rows: Iterable[Row]) -> None:
        """Add rows whose keys are free, by COPY."""
        names = [c.name for c in self.columns]
        await conn.copy_records_to_table(self.name, records=rows, columns=names, timeout=PATIENT_S)

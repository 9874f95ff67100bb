"""Importing the directory: lines in, one result per line out, in transactions of up to 500 lines."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Generic

import asyncpg
from itsm_chassis.errors import FieldError, Invalid, Unavailable
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.database import RETRYABLE, Connection, Database
from itsm_chassis.store.lines import Malformed, Raw, Result, Status, invalid, outcome, parsed
from itsm_chassis.store.work import Fact
from sqlalchemy import ARRAY, Table, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import insert

from itsm_catalog.commands.business_units import forest
from itsm_catalog.commands.entries import UNITS, Kind, row, stated
from itsm_catalog.rules.business_units import circular
from itsm_catalog.rules.directory import E, edited

ATTEMPTS: Final = 5
TURN: Final = 16
"""Lines decided before other requests get their turn."""

PATIENCE_S: Final = 60
LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = '20s'"
"""A twin import may hold a record until its chunk commits; that takes about a second."""

Understand = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""The fields of a line's object; raises Invalid with every finding."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was understood; `key` and `name` are among its fields."""

    number: int
    fields: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Whom it is about."""
        return str(self.fields["key"])


@dataclass(frozen=True)
class Chunk(Generic[E]):
    """Up to 500 lines that are stored together or not at all.

    A line whose key is known changes the fields that it has, and no others; a key that comes twice is
    decided line by line.
    """

    db: Database
    kind: Kind[E]
    understand: Understand
    dry_run: bool

    async def carry_out(self, ctx: Context, raws: Sequence[Raw]) -> list[Result]:
        """Decide and store; the results in the order of the lines."""
        results: dict[int, Result] = {}
        lines = [line for raw in raws if (line := self._read(raw, results)) is not None]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._settle(ctx, lines, results)
            except (*RETRYABLE, asyncpg.UniqueViolationError, asyncpg.LockNotAvailableError) as error:
                if attempt == ATTEMPTS:
                    raise Unavailable("Another import holds these records. Retry soon.", "busy") from error
            else:
                break
        return [results[raw.number] for raw in raws]

    def _read(self, raw: Raw, results: dict[int, Result]) -> Line | None:
        """The line, or None with its result noted."""
        if raw.fault is not None:
            results[raw.number] = invalid(raw.number, None, [FieldError("", "line_too_long", raw.fault)])
            return None
        try:
            value, _ = parsed(raw.text)
        except Malformed as error:
            results[raw.number] = invalid(raw.number, None, [FieldError("", "malformed_line", str(error))])
            return None
        try:
            return Line(raw.number, self.understand(value))
        except Invalid as error:
            key = value.get("key")
            results[raw.number] = invalid(raw.number, key if isinstance(key, str) else None, error.errors)
            return None

    async def _settle(self, ctx: Context, lines: Sequence[Line], results: dict[int, Result]) -> None:
        """One attempt. The unique sequence of events tells where a twin was first."""
        async with self.db.transaction() as conn:
            await conn.execute(LOCK_TIMEOUT)
            refused = await self._refused(conn, ctx.tenant, lines)
            known = await self._known(conn, ctx.tenant, [line.key for line in lines])
            states, facts = dict(known), list[Fact]()
            for index, line in enumerate(lines):
                if index % TURN == 0:
                    await asyncio.sleep(0)
                if line.key in refused:
                    results[line.number] = invalid(line.number, line.key, [refused[line.key]])
                else:
                    results[line.number] = self._decide(ctx, line, states, facts)
            if facts and not self.dry_run:
                await self._store(conn, ctx, [s for key, s in states.items() if s != known.get(key)], facts)
        self.db.committed.set()

    async def _known(self, conn: "Connection[Any]", tenant: str, keys: Sequence[str]) -> dict[str, E]:
        """The records that are there, locked in one order for every writer."""
        statement = (
            f"SELECT key, card FROM {self.kind.table.name} WHERE tenant = $1 AND key = ANY($2::text[]) "  # noqa: S608  # the name is ours
        )
        rows = await conn.fetch(statement + "ORDER BY key FOR UPDATE", tenant, list(keys))
        return {found["key"]: self.kind.read(found["card"]) for found in rows}

    async def _refused(
        self, conn: "Connection[Any]", tenant: str, lines: Sequence[Line]
    ) -> Mapping[str, FieldError]:
        """Keys of business units that all lines together would put above themselves. It keeps others from
        placing units before any row is locked, as they wait for rows after that.
        """
        if self.kind.table is not UNITS.table:
            return {}
        wanted = {line.key: line.fields["parent"] for line in lines if "parent" in line.fields}
        return circular(await forest(conn, tenant), wanted)

    def _decide(self, ctx: Context, line: Line, states: dict[str, E], facts: list[Fact]) -> Result:
        """What becomes of a line; the state and the event that follow are noted."""
        before = states.get(line.key)
        try:
            after = (
                self.kind.new(ctx, line.fields) if before is None else edited(before, line.fields, ctx.now)
            )
        except Invalid as error:
            return invalid(line.number, line.key, error.errors)
        if after is None:
            return outcome(line.number, line.key, "unchanged", before.id if before else None)
        facts.append(stated(ctx, self.kind, before, after))
        states[line.key] = after
        status: Status = "created" if before is None else "updated"
        return outcome(line.number, line.key, status, None if self.dry_run else after.id)

    async def _store(
        self, conn: "Connection[Any]", ctx: Context, changed: Sequence[E], facts: Sequence[Fact]
    ) -> None:
        """Rows, what is beside them, and events."""
        table = self.kind.table
        rows = [row(self.kind, ctx.tenant, record) for record in changed]
        columns = {f"all_{c.name}": [each[c.name] for each in rows] for c in table.columns}
        statement = store(table)
        await conn.execute(statement.sql, *statement.args(columns), timeout=PATIENCE_S)
        answer = Answer(200, "")
        for work in (work for record in changed for work in self.kind.beside(ctx.tenant, record)):
            beside = work.statement(keyed=False)
            await conn.execute(beside.sql, *beside.args(work.binds(ctx, None, answer)))
        await say(conn, facts, timeout_s=PATIENCE_S)


@cache
def store(table: Table) -> Compiled:
    """Inserts new rows and updates those that are there, in one order for every writer."""
    arrays = [bindparam(f"all_{c.name}", type_=ARRAY(c.type)) for c in table.columns]
    given = (
        func.unnest(*arrays)
        .table_valued(*(column(c.name, c.type) for c in table.columns))
        .render_derived("given")
    )
    names = [c.name for c in table.columns]
    new = insert(table).from_select(names, select(*given.c).order_by(given.c.key))
    changes = {name: new.excluded[name] for name in names if name not in ("id", "tenant", "key")}
    return Compiled(new.on_conflict_do_update(index_elements=["id"], set_=changes))

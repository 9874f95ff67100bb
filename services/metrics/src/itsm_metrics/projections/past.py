"""The facts as they were believed at a moment, laid over the tables while a question is answered.

A record's facts follow from its events alone. So what was believed is today's facts of every record that has
not been heard of since, and those of the others folded anew from what had been recorded by then.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database
from sqlalchemy import bindparam, select

from itsm_metrics.projections.arrays import arrays, given
from itsm_metrics.projections.facts import TABLES, Rows, rows_of
from itsm_metrics.projections.raw import HISTORY, Subject
from itsm_metrics.tables import MOMENT, raw_event

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

MOST = 10_000
"""So many records may have been heard of since: each is folded anew."""
CHANGED = """
SELECT DISTINCT resource, tenant, subject FROM raw_event
WHERE tenant = $1 AND resource = ANY($2::text[]) AND recorded_at > $3 LIMIT $4
"""
_wanted = given(HISTORY)
_by_then = raw_event.c.recorded_at <= bindparam("as_of", type_=MOMENT)
READ = Compiled(
    select(*HISTORY, raw_event.c.envelope).where(*(_wanted.c[c.name] == c for c in HISTORY), _by_then)
)

FACTS = """{name} AS NOT MATERIALIZED (
    SELECT {columns} FROM public.{name} WHERE tenant = ${tenant}::text AND subject <> ALL(${changed}::uuid[])
    UNION ALL SELECT {columns} FROM json_populate_recordset(NULL::public.{name}, ${rows}::text::json)
)"""
SOURCE = """source AS NOT MATERIALIZED (
    SELECT known.tenant, known.source, known.resource, known.events, known.last_position,
           newest.at AS last_recorded_at, NULL::timestamptz AS applied_at
    FROM public.source AS known, LATERAL (
        SELECT max(event.recorded_at) AS at FROM raw_event AS event
        WHERE event.tenant = known.tenant AND event.resource = known.resource
          AND event.source = known.source AND event.recorded_at <= ${as_of}::timestamptz
    ) AS newest
    WHERE known.tenant = ${tenant}::text AND newest.at IS NOT NULL
)"""
ROLLED = "rolled AS (SELECT * FROM public.rolled WHERE false)"
"""No sums are kept of the past."""


class Veil:
    """A connection whose tables say what was believed; its statements may name them as ever."""

    def __init__(
        self,
        connection: "Connection[Any]",
        tenant: str,
        as_of: datetime,
        changed: Iterable[Subject],
        made: Sequence[Iterable[Any]],
    ) -> None:
        """Lay `made`, the rows of each of `TABLES`, over those of the records that have changed."""
        self._connection = connection
        self._tenant, self._as_of = tenant, as_of
        self._changed = [each.subject for each in changed]
        self._rows = {
            table.name: json.dumps(
                [dict(zip((c.name for c in table.columns), row, strict=True)) for row in rows], default=str
            )
            for table, rows in zip(TABLES, made, strict=True)
        }
        self.transaction = connection.transaction
        self.execute = connection.execute

    async def fetch(self, sql: str, *args: Any) -> Any:
        """All rows."""
        return await self._connection.fetch(*self.laid(sql, args))

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        """The first row."""
        return await self._connection.fetchrow(*self.laid(sql, args))

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first value."""
        return await self._connection.fetchval(*self.laid(sql, args))

    def laid(self, sql: str, args: Sequence[Any]) -> list[Any]:
        """The statement with the tables it names as they were, and its arguments."""
        values = list(args)

        def place(value: Any) -> int:
            values.append(value)
            return len(values)

        parts = []
        tenant, changed = place(self._tenant), place(self._changed)
        for table in TABLES:
            if re.search(rf"\b{table.name}\b", sql):
                columns, rows = ", ".join(c.name for c in table.columns), place(self._rows[table.name])
                parts.append(
                    FACTS.format(name=table.name, columns=columns, tenant=tenant, changed=changed, rows=rows)
                )
        if re.search(r"\bsource\b", sql):
            parts.append(SOURCE.format(tenant=tenant, as_of=place(self._as_of)))
        if re.search(r"\brolled\b", sql):
            parts.append(ROLLED)
        asks = f"asks AS (SELECT ${tenant}::text, ${changed}::uuid[])"
        statement = sql.lstrip()
        rest = statement.removeprefix("WITH ")
        return [f"WITH {', '.join([asks, *parts])}{' ' if rest is statement else ', '}{rest}", *values]


class Past(Database):
    """The database as it was believed at a moment."""

    def __init__(self, veil: Veil) -> None:
        """Ask through this veil."""
        super().__init__("")
        self._veil = veil

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection[Any]"]:
        """The same one each time."""
        yield cast("Connection[Any]", self._veil)


@asynccontextmanager
async def past(db: Database, tenant: str, resources: Sequence[str], as_of: datetime) -> AsyncIterator[Past]:
    """What was believed of these resources; `Invalid` where too many of their records have changed since."""
    async with (
        db.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        rows = await connection.fetch(CHANGED, tenant, list(resources), as_of, MOST + 1)
        if len(rows) > MOST:
            message = f"as_of is too long ago: more than {MOST} records have been heard of since."
            raise Invalid("too_long_ago", message, (FieldError("as_of", "too_long_ago", message),))
        changed = [Subject(*row) for row in rows]
        made = await asyncio.to_thread(folded, await then(connection, changed, as_of))
        yield Past(Veil(connection, tenant, as_of, changed, made))


async def then(
    conn: "Connection[Any]", subjects: Sequence[Subject], as_of: datetime
) -> dict[Subject, list[str]]:
    """The envelopes of each that had been recorded by then; what was not known has none."""
    args = READ.args({"as_of": as_of} | arrays(HISTORY, subjects))
    found: dict[Subject, list[str]] = {}
    for resource, tenant, subject, envelope in await conn.fetch(READ.sql, *args):
        found.setdefault(Subject(resource, tenant, subject), []).append(envelope)
    return found


def folded(histories: dict[Subject, list[str]]) -> Rows:
    """The rows of all of them."""
    made: Rows = ([], [], [], [], [])
    for subject, envelopes in histories.items():
        for rows, more in zip(made, rows_of(subject, envelopes), strict=True):
            rows += more
    return made

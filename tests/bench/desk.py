"""A desk with as many incidents as asked for, on a PostgreSQL of its own.

One incident is opened through the API and gets its clock; the others are copies of its rows, made in SQL,
with their own ids, numbers and times. Only their events are missing: nothing here reads them.
"""

import logging
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
import structlog
from itsm_incident.app import service
from itsm_local.issuer import Issuer
from itsm_local.postgres import Postgres
from rich.progress import track
from support.service_levels import agree, calendar, follow, policy, settle
from support.services import Running, running

CHUNK: Final = 50_000
TIME: Final = re.compile(r'"(\d{4}-\d\d-\d\dT[^"]+Z)"')
NUMBER: Final = "'INC-1' || lpad(n::text, 9, '0')"
WRITTEN: Final = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

COPY: Final = """
WITH copy AS MATERIALIZED (
    SELECT n, due, status, priority, assignment_group, status IN ('new', 'in_progress', 'on_hold') AS open,
        overlay({id} PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid AS id
    FROM generate_series($1::bigint, $2::bigint) AS n,
        LATERAL (SELECT {due} AS due, {status} AS status, {priority} AS priority, {group} AS assignment_group)
), incidents AS (
    INSERT INTO incident (
        id, tenant, version, number, title, status, priority, service, assignment_group, caller, opened_by,
        opened_at, updated_at, card, sla_due_at, sla_state, sla
    )
    SELECT id, tenant, version, {number}, title, status, priority, service,
        assignment_group, caller || n % 5000, opened_by, due - age, due - age, {card},
        CASE WHEN open THEN due ELSE '9999-12-31T00:00:00Z' END, CASE WHEN open THEN 'running' ELSE 'met' END,
        CASE WHEN open THEN ',"sla_due_at":"' || {written} || '","sla_state":"running"'
            ELSE ',"sla_due_at":null,"sla_state":"met"' END
    FROM copy, (
        SELECT tenant, version, title, service, caller, opened_by, sla_due_at - opened_at AS age, card
        FROM incident WHERE id = {id}::uuid
    ) AS first
)
INSERT INTO clock_set (id, tenant, through, known_at, pins, clocks, next_at)
SELECT id, tenant, through, due, pins, {clocks}, due
FROM copy, (SELECT tenant, through, pins, clocks FROM clock_set WHERE id = {id}::uuid) AS first WHERE open
"""


@dataclass(frozen=True)
class Copies:
    """What differs from copy to copy, as SQL over its number `n`; `due` may use {first}, a time."""

    due: str
    status: str = "'in_progress'"
    priority: str = "'P' || 1 + n % 4"
    group: str = "'group ' || n % 20"


@dataclass(frozen=True)
class Desk:
    """The service on its database, and the incident that the others are copies of: its id, when it is due."""

    incident: Running
    first: str
    due: datetime

    async def copy(self, copies: Copies, since: int, until: int) -> None:
        """Make the copies of numbers since < n <= until, and leave the tables tidy."""
        connection = await asyncpg.connect(self.incident.db.url)
        try:
            await connection.execute("SET synchronous_commit = off")
            statement = await self._statement(connection, copies)
            for start in track(range(since, until, CHUNK), f"{until - since:,} incidents", transient=True):
                await connection.execute(statement, start + 1, min(start + CHUNK, until))
            for table in ("incident", "clock_set"):
                await connection.execute(f"VACUUM (ANALYZE) {table}")
            await connection.execute("CHECKPOINT")
        finally:
            await connection.close()

    async def _statement(self, connection: "asyncpg.Connection[asyncpg.Record]", copies: Copies) -> str:
        """COPY, with what differs put into the first one's texts."""
        first = f"'{self.first}'"
        texts = await connection.fetchrow(
            f"SELECT card, clocks FROM incident JOIN clock_set USING (id) WHERE id = {first}::uuid"
        )
        assert texts is not None
        card, clocks = self._moved("card", texts["card"]), self._moved("clocks", texts["clocks"])
        for name, value in (("number", NUMBER), ("status", "status"), ("priority", "priority")):
            card = f"""replace({card}, '{pair(name, texts["card"])}', '"{name}":"' || {value} || '"')"""
        clock = """'"id":"' || md5(id::text)::uuid || '"'"""
        clocks = f"""replace({clocks}, '{pair("id", texts["clocks"])}', {clock})"""
        return COPY.format(
            id=first,
            number=NUMBER,
            due=copies.due.format(first=f"'{self.due.isoformat()}'::timestamptz"),
            status=copies.status,
            priority=copies.priority,
            group=copies.group,
            card=f"replace({card}, {first}, id::text)",
            clocks=f"""replace({clocks}, '"said":[]', '"said":[50,75,90]')""",
            written=WRITTEN.format("due"),
        )

    def _moved(self, column: str, text: str) -> str:
        """The column with every time in it as far from the copy's due date as it is from the first one's."""
        for found in sorted(set(TIME.findall(text))):
            seconds = (datetime.fromisoformat(found) - self.due).total_seconds()
            column = f"replace({column}, '{found}', {WRITTEN.format(f'(due + {seconds} * interval $$1s$$)')})"
        return column


def pair(name: str, text: str) -> str:
    """The first field of this name in a JSON text, as it stands there."""
    found = re.search(f'"{name}":"[^"]+"', text)
    assert found is not None, name
    return found[0]


@contextmanager
def servers() -> Iterator[tuple[Postgres, Issuer]]:
    """A durable PostgreSQL, and an issuer of tokens."""
    with tempfile.TemporaryDirectory(prefix="itsm-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL's unprivileged user has to enter it
        postgres = Postgres(folder / "postgres")
        try:
            postgres.start()
            yield postgres, Issuer(folder / "issuer")
        finally:
            postgres.drop()


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """One incident, due in four hours; its PostgreSQL notes when each transaction was committed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers() as (postgres, issuer):
        admin = await asyncpg.connect(postgres.url)
        await admin.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        await admin.close()
        postgres.stop()
        postgres.start()
        async with running(service, postgres.url, issuer) as incident:
            await agree(
                incident.db, calendar(), policy(targets=[{"measure": "resolve", "seconds": 4 * 3600}])
            )
            opened = await incident.caller("agent").creates(
                "/v1/incidents", title="Mail is slow", impact="high", urgency="medium", service="mail"
            )
            await follow(incident.db)
            await settle(incident.db)
            due = await incident.db.fetchval("SELECT sla_due_at FROM incident")
            yield Desk(incident, opened["id"], due)

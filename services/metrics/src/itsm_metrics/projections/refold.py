"""Dropping every fact and folding all raw events again, in one transaction."""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import ARRAY, Text, bindparam, func, select

from itsm_metrics.projections.apply import ONE_WRITER
from itsm_metrics.projections.fact_table import PATIENT_S
from itsm_metrics.projections.facts import FOLDS, MEASUREMENTS, TABLES, Rows, rows_of
from itsm_metrics.projections.raw import HISTORY, Subject
from itsm_metrics.projections.rollup import MANY
from itsm_metrics.projections.summing import emptied, signed
from itsm_metrics.tables import raw_event

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

MEASURED = TABLES.index(MEASUREMENTS)
FETCH = 2_000
"""Envelopes in memory at once: a few megabytes, whatever the history's length."""
LOCK = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;" + ONE_WRITER

_folded = raw_event.c.resource == func.any(bindparam("resources", type_=ARRAY(Text)))
TOTAL = Compiled(select(func.count()).where(_folded))
ALL = Compiled(select(*HISTORY, raw_event.c.envelope).where(_folded).order_by(*HISTORY))


Progress = Callable[[int, int], None]
"""Told how many events are folded, and of how many."""


async def refold(conn: "Connection[Any]", progress: Progress) -> int:
    """Recompute all facts inside the caller's transaction; returns the number of events folded.

    Readers see the old figures until it commits; consumers wait. `progress(done, total)` is called
    as it goes. Memory stays bounded: the events stream in, record by record.
    """
    await conn.execute(LOCK, timeout=PATIENT_S)
    total = await conn.fetchval(TOTAL.sql, *TOTAL.args({"resources": list(FOLDS)}), timeout=PATIENT_S)
    for table in TABLES:
        await table.drop(conn)
    done, changes = 0, await emptied(conn)
    async for events, made in folded(conn):
        for table, rows in zip(TABLES, made, strict=True):
            await table.fill(conn, rows)
        changes.add(signed(made[MEASURED]))
        if len(changes.days) > MANY:
            await changes.store(conn)
        done += events
        progress(done, total)
    await changes.store(conn)
    return done


async def folded(conn: "Connection[Any]") -> AsyncIterator[tuple[int, Rows]]:
    """How many events, and the rows they make, for some whole records at a time."""
    events, made = 0, nothing()
    async for subject, envelopes in by_subject(conn):
        events += len(envelopes)
        for rows, more in zip(made, rows_of(subject, envelopes), strict=True):
            rows += more
        if events >= FETCH:
            yield events, made
            events, made = 0, nothing()
    yield events, made


def nothing() -> Rows:
    """No rows yet."""
    return [], [], [], []


async def by_subject(conn: "Connection[Any]") -> AsyncIterator[tuple[Subject, list[str]]]:
    """Each subject with all its envelopes, read through a cursor."""
    cursor = await conn.cursor(ALL.sql, *ALL.args({"resources": list(FOLDS)}))
    last: Subject | None = None
    envelopes: list[str] = []
    while rows := await cursor.fetch(FETCH, timeout=PATIENT_S):
        for resource, tenant, identity, envelope in rows:
            subject = Subject(resource, tenant, identity)
            if last is not None and subject != last:
                yield last, envelopes
                envelopes = []
            last = subject
            envelopes.append(envelope)
    if last is not None:
        yield last, envelopes

"""Folding all raw events again into the shadow tables, beside the facts that are served."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from itsm_chassis.store.compiled import Compiled
from sqlalchemy import ARRAY, BigInteger, Text, bindparam, delete, func, select

from itsm_metrics.projections.fact_table import PATIENT_S, FactTable
from itsm_metrics.projections.facts import FOLDS, MEASUREMENTS, TABLES, Rows, rows_of
from itsm_metrics.projections.raw import HISTORY, Subject, histories
from itsm_metrics.projections.rollup import MANY, Changes, SumTable
from itsm_metrics.projections.summing import signed
from itsm_metrics.tables import SHADOWS, raw_event

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

MEASURED = TABLES.index(MEASUREMENTS)
FETCH = 2_000
"""Envelopes in memory at once: a few megabytes, whatever the history's length."""
AT_ONCE = 200
"""Records refolded at once, of those that were heard of meanwhile."""
SHADOW_OF = {table: FactTable(SHADOWS[table.name]) for table in TABLES}
SUMS = SumTable(SHADOWS["rollup"])
EMPTY = [Compiled(delete(shadow)).sql for shadow in SHADOWS.values()]

_folded = raw_event.c.resource == func.any(bindparam("resources", type_=ARRAY(Text)))
_since = raw_event.c.arrival > bindparam("heard", type_=BigInteger)
TOTAL = Compiled(select(func.count()).where(_folded))
ALL = Compiled(select(*HISTORY, raw_event.c.envelope).where(_folded).order_by(*HISTORY))
NEW = Compiled(select(*HISTORY).where(_folded, _since).distinct().order_by(*HISTORY))
HEARD = "SELECT coalesce(max(arrival), 0) FROM raw_event"

Progress = Callable[[int, int], Awaitable[None]]
"""Told how many events are folded, and of how many."""


async def heard(conn: "Connection[Any]") -> int:
    """The arrival of the newest event. Writers take turns, so none is older and still to come."""
    return int(await conn.fetchval(HEARD))


async def refold(conn: "Connection[Any]", progress: Progress) -> int:
    """Fill the shadow inside the caller's transaction; returns the number of events folded.

    Memory stays bounded: the events stream in, record by record.
    """
    resources = {"resources": list(FOLDS)}
    total = await conn.fetchval(TOTAL.sql, *TOTAL.args(resources), timeout=PATIENT_S)
    await empty(conn)
    done, changes = 0, Changes(SUMS)
    async for events, made in folded(conn):
        for table, rows in zip(TABLES, made, strict=True):
            await SHADOW_OF[table].fill(conn, rows)
        changes.add(signed(made[MEASURED]))
        if len(changes.days) > MANY:
            await changes.store(conn)
        done += events
        await progress(done, total)
    await changes.store(conn)
    return done


async def empty(conn: "Connection[Any]") -> None:
    """Forget the shadow."""
    for sql in EMPTY:
        await conn.execute(sql, timeout=PATIENT_S)


async def catch_up(conn: "Connection[Any]", since: int) -> None:
    """Fold the records anew of which something was heard after `since`, in the caller's transaction."""
    values = {"resources": list(FOLDS), "heard": since}
    rows = await conn.fetch(NEW.sql, *NEW.args(values), timeout=PATIENT_S)
    subjects = [Subject(*row) for row in rows]
    for start in range(0, len(subjects), AT_ONCE):
        await refold_some(conn, subjects[start : start + AT_ONCE])


async def refold_some(conn: "Connection[Any]", subjects: Sequence[Subject]) -> None:
    """Make the shadow say of these what all their events say now."""
    found, changes = await histories(conn, subjects), Changes(SUMS)
    made = [rows_of(subject, envelopes) for subject, envelopes in found.items()]
    for table, lists in zip(TABLES, zip(*made, strict=True), strict=True):
        owners = [subject[1:] for subject in found if table in FOLDS[subject.resource].tables]
        if owners:
            stale, fresh = await SHADOW_OF[table].replace(
                conn, owners, [row for rows in lists for row in rows]
            )
            if table is MEASUREMENTS:
                changes.add(signed(stale, -1) + signed(fresh))
    await changes.store(conn)


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
    return [], [], [], [], []


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

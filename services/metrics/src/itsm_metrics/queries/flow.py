"""Reading the cases of a process from the raw events, some at a time."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.store.database import Database

from itsm_metrics.rules.flow.cases import Activity, Case, Only, case
from itsm_metrics.rules.flow.figures import Flow
from itsm_metrics.rules.flow.steps import step
from itsm_metrics.rules.flow.tally import Tally

MOST: Final = 20_000
"""Cases of one question."""
AT_ONCE: Final = 200
"""Cases in memory at once."""

CHOSEN = """
SELECT DISTINCT subject FROM raw_event
WHERE resource = $1 AND tenant = $2 AND time >= $3 AND time < $4 ORDER BY subject LIMIT $5
"""
EVENTS = """
SELECT subject, envelope FROM raw_event WHERE resource = $1 AND tenant = $2 AND subject = ANY($3::uuid[])
"""


class Asked(NamedTuple):
    """Whose flow, in [since, until)."""

    process: str
    since: datetime
    until: datetime
    activity: Activity = "status"
    only: Only = Only()


Told = tuple[UUID, Sequence[str]]
"""A record and its envelopes, in no particular order."""


async def flow(db: Database, tenant: str, asked: Asked) -> Flow:
    """The figures, computed beside the event loop."""
    tally = Tally(asked.process)

    def count(told: Sequence[Told]) -> None:
        for each in understood(asked, told):
            tally.add(each)

    async for told in histories(db, tenant, asked, await chosen(db, tenant, asked)):
        await asyncio.to_thread(count, told)
    return await asyncio.to_thread(tally.flow)


async def log(
    db: Database, tenant: str, asked: Asked, records: Sequence[UUID], write: Callable[[Case], Iterable[str]]
) -> AsyncIterator[str]:
    """The cases of these records that count, as `write` writes them, some at a time."""

    def piece(told: Sequence[Told]) -> str:
        return "".join(text for each in understood(asked, told) if each.counts for text in write(each))

    async for told in histories(db, tenant, asked, records):
        yield await asyncio.to_thread(piece, told)


async def chosen(db: Database, tenant: str, asked: Asked) -> Sequence[UUID]:
    """The records to which something happened in the period; `Invalid` where they are too many."""
    rows = await db.fetch(CHOSEN, asked.process, tenant, asked.since, asked.until, MOST + 1)
    if len(rows) > MOST:
        message = f"The period holds more than {MOST:,} cases: narrow it, from and to."
        raise Invalid("too_many_cases", message, (FieldError("from", "too_many_cases", message),))
    return [row["subject"] for row in rows]


async def histories(
    db: Database, tenant: str, asked: Asked, records: Sequence[UUID]
) -> AsyncIterator[Sequence[Told]]:
    """All that was said of each record, some records at a time, in the order of their ids."""
    for first in range(0, len(records), AT_ONCE):
        some = records[first : first + AT_ONCE]
        told: defaultdict[UUID, list[str]] = defaultdict(list)
        for record, envelope in await db.fetch(EVENTS, asked.process, tenant, list(some)):
            told[record].append(envelope)
        yield sorted(told.items())


def understood(asked: Asked, told: Sequence[Told]) -> list[Case]:
    """The cases that are asked for, as they were at the end of the period."""
    found = []
    for record, envelopes in told:
        steps = (step(said(envelope)) for envelope in envelopes)
        made = case(record, steps, asked.activity, asked.until)
        if made is not None and asked.only.takes(made):
            found.append(made)
    return found


def said(envelope: str) -> dict[str, Any]:
    """An envelope's members."""
    members: dict[str, Any] = json.loads(envelope)
    return members

"""Incidents as their clocks see them: read from their own events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from itsm_sla.moment import History, Moment

if TYPE_CHECKING:
    import asyncpg
    from itsm_chassis.store.database import Connection

EVENTS = """
SELECT id, subject, sequence, time, recorded_at, envelope FROM event
WHERE subject = ANY($1::uuid[]) ORDER BY subject, sequence
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One incident: who it is, and what has happened to it.

    `history.known_at` is when it was stored; `imported_until` the same for imported ones, else None.
    """

    id: UUID
    number: str
    history: History
    imported_until: datetime | None


async def load(conn: "Connection[Any]", ids: Sequence[UUID]) -> dict[UUID, Record]:
    """The incidents with these ids."""
    rows = await conn.fetch(EVENTS, list(ids))
    return {
        subject: record(subject, list(events))
        for subject, events in groupby(rows, lambda row: row["subject"])
    }


def record(subject: UUID, rows: "Sequence[asyncpg.Record]") -> Record:
    """One incident from its events."""
    said = [json.loads(row["envelope"]) for row in rows]
    first = said[0]
    born = rows[0]["recorded_at"]
    opened_at = datetime.fromisoformat(first["data"]["opened_at"])
    moments = tuple(moment(row, each["data"]) for row, each in zip(rows, said, strict=True))
    history = History(opened_at, moments, "incident", born)
    return Record(subject, first["data"]["number"], history, born if first["imported"] else None)


def moment(row: "asyncpg.Record", data: dict[str, Any]) -> Moment:
    """The incident's state after one event."""
    return Moment(
        str(row["id"]),
        row["sequence"],
        row["time"],
        data["status"],
        data["hold_reason"],
        data["priority"],
        data["service"],
        data["assignment_group"],
        data["assignee"],
    )

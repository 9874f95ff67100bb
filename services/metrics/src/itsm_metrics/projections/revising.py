"""What each late event changed of its record's facts: the record as it was heard of before, and after."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json

from itsm_metrics.projections.facts import Rows, rows_of
from itsm_metrics.projections.raw import Subject

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

LATE = """
SELECT id, resource, tenant, subject, time, recorded_at, envelope FROM raw_event
WHERE tenant = $1 AND resource = ANY($2::text[]) AND recorded_at > $3
  AND (recorded_at, id) > ($4, $5) AND ($6::timestamptz IS NULL OR recorded_at <= $6)
ORDER BY recorded_at, id LIMIT $7
"""
HEARD = """
SELECT resource, tenant, subject, recorded_at, id, envelope FROM raw_event
WHERE tenant = $1 AND resource = ANY($2::text[]) AND subject = ANY($3::uuid[])
"""

Place = tuple[datetime, UUID]
"""When an event was recorded, and its id."""


class Late(NamedTuple):
    """An event that was recorded late."""

    place: Place
    subject: Subject
    type: str
    time: datetime


class Versions(NamedTuple):
    """Of each event the names of its record before and after; and the rows of all under these names."""

    of: dict[Place, tuple[UUID, UUID]]
    rows: Rows


async def late(
    conn: "Connection[Any]",
    tenant: str,
    resources: Sequence[str],
    since: datetime,
    after: Place,
    as_of: datetime | None,
    most: int,
) -> list[Late]:
    """The events of these resources recorded after `since`, in the order of it, behind `after`."""
    rows = await conn.fetch(LATE, tenant, list(resources), since, *after, as_of, most)
    return [
        Late(
            (row["recorded_at"], row["id"]),
            Subject(row["resource"], row["tenant"], row["subject"]),
            from_json(row["envelope"])["type"],
            row["time"],
        )
        for row in rows
    ]


async def heard(
    conn: "Connection[Any]", tenant: str, events: Sequence[Late]
) -> dict[Subject, list[tuple[Place, str]]]:
    """All that was ever heard of the records of these events."""
    subjects = [event.subject for event in events]
    resources = sorted({subject.resource for subject in subjects})
    found: dict[Subject, list[tuple[Place, str]]] = defaultdict(list)
    rows = await conn.fetch(HEARD, tenant, resources, [subject.subject for subject in subjects])
    for resource, owner, subject, recorded_at, identity, envelope in rows:
        found[Subject(resource, owner, subject)].append(((recorded_at, identity), envelope))
    return found


def versions(events: Iterable[Late], told: dict[Subject, list[tuple[Place, str]]]) -> Versions:
    """The record of each event before and after it, each under a name of its own."""
    names = count(1)
    last: dict[Subject, UUID] = {}
    found: dict[Place, tuple[UUID, UUID]] = {}
    made: Rows = ([], [], [], [], [])

    def fold(subject: Subject, texts: list[str]) -> UUID:
        name = UUID(int=next(names))
        if texts:
            for rows, more in zip(made, rows_of(subject._replace(subject=name), texts), strict=True):
                rows += more
        return name

    for event in events:
        history = told[event.subject]
        if event.subject not in last:
            last[event.subject] = fold(event.subject, [text for at, text in history if at < event.place])
        after = fold(event.subject, [text for at, text in history if at <= event.place])
        found[event.place] = last[event.subject], after
        last[event.subject] = after
    return Versions(found, made)

"""A period as whole months, whole days and what is left at its ends."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

Days = tuple[date, date]
"""Half open."""
DAY = timedelta(days=1)
NEVER: Days = (date.min, date.min)


class Pieces(NamedTuple):
    """In UTC; together they are the period, and none overlaps another."""

    months: Days
    days_before: Days
    days_after: Days
    edge_before: tuple[datetime, datetime]
    edge_after: tuple[datetime, datetime]

    @property
    def inside(self) -> tuple[datetime, datetime]:
        """All whole days."""
        return self.edge_before[1], self.edge_after[0]


def pieces(since: datetime, until: datetime) -> Pieces | None:
    """Those of [since, until); None where no whole day is in it."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    end = until.date()
    if since > midnight(end):
        return None
    begin = since.date() if since == midnight(since.date()) else since.date() + DAY
    if begin >= end:
        return None
    edges = (since, midnight(begin)), (midnight(end), until)
    last = end.replace(day=1)
    if begin > last:
        return Pieces(NEVER, (begin, end), NEVER, *edges)
    first = begin if begin.day == 1 else (begin.replace(day=28) + 4 * DAY).replace(day=1)
    return Pieces((first, last), (begin, first), (last, end), *edges)


def midnight(day: date) -> datetime:
    """When it begins."""
    return datetime.combine(day, time(), UTC)

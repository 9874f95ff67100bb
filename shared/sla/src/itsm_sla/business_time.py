"""Arithmetic in the open time of a calendar. Instants are aware datetimes, durations microseconds."""

from collections.abc import Iterator
from datetime import datetime

from itsm_sla.calendar import Calendar
from itsm_sla.instant import instant, micros


def elapsed(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The open time in [start, end); 0 where end is not after start."""
    return calendar.openings.elapsed(micros(start), micros(end)) if end > start else 0


def due(calendar: Calendar, start: datetime, target: int) -> datetime:
    """The least t >= start with elapsed(calendar, start, t) = target, in UTC.

    ValueError for a target below 0, NeverDue (also a ValueError) where the calendar never opens so long.
    """
    if target < 0:
        raise ValueError(f"A target of {target} microseconds lies in the past.")
    begin = micros(start)
    return instant(calendar.openings.due(begin, target) if target else begin)


def openings(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The open intervals within [start, end), in UTC and in order; none touches the next."""
    for opens, closes in calendar.openings.between(micros(start), micros(end)):
        yield instant(opens), instant(closes)

"""The days within an interval on which a calendar is closed all day or has hours of its own, in words."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from itsm_sla.calendar import Calendar, Hours
from itsm_sla.instant import MICROSECOND
from itsm_sla.zone import zone

TOLD: Final = 6
"""Stretches and holidays that are named; the rest is counted."""
LOOKED_AT: Final = timedelta(days=366)
ONE_DAY: Final = timedelta(days=1)


def closed_days(calendar: Calendar, start: datetime, end: datetime) -> str:
    """Such as `closed Sat 4 - Sun 5 Apr 2026, holiday Easter Monday (Mon 6 Apr 2026)`; empty without any.

    Names days that [start, end) touches, as the wall clock of the calendar's zone shows them; those of
    the first year, where it lasts longer.
    """
    if end <= start:
        return ""
    place = zone(calendar.zone)
    until = min(end - MICROSECOND, start + LOOKED_AT)
    parts = list(stretches(calendar, start.astimezone(place).date(), until.astimezone(place).date()))
    told = parts[:TOLD]
    if len(parts) > TOLD:
        told.append(f"and {len(parts) - TOLD} more")
    return ", ".join(told)


def stretches(calendar: Calendar, first: date, last: date) -> Iterator[str]:
    """Each holiday by itself, weekly closing days together."""
    names = {holiday.on: holiday for holiday in calendar.holidays}
    since: date | None = None
    for offset in range((last - first).days + 1):
        on = first + timedelta(days=offset)
        holiday = names.get(on)
        shut = holiday is None and not calendar.openings.hours(on)
        if since is not None and not shut:
            yield f"closed {span(since, on - ONE_DAY)}"
            since = None
        if shut and since is None:
            since = on
        if holiday is not None:
            own = "".join(f", open {hours(each)}" for each in holiday.hours)
            yield f"holiday {holiday.name} ({day(on)}{own})"
    if since is not None:
        yield f"closed {span(since, last)}"


def span(first: date, last: date) -> str:
    """Such as Sat 7 - Sun 8 Mar 2026."""
    if first == last:
        return day(first)
    same = (first.year, first.month) == (last.year, last.month)
    return f"{f'{first:%a} {first.day}' if same else day(first)} - {day(last)}"


def day(on: date) -> str:
    """Such as Fri 3 Apr 2026."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def hours(each: Hours) -> str:
    """Such as 08:00-12:00."""
    return "-".join(f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in (each.opens, each.closes))

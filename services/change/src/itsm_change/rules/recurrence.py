"""When a window takes place: a first occurrence, an RFC 5545 rule of dates, and the clock on a zone's wall.

Whoever wrote the rule may mean harm: only rules of days are taken, dates are worked out by the year that
is asked about, and the search for a next one ends within one cycle of the calendar.
"""

import re
from calendar import isleap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, dropwhile, islice, takewhile
from typing import Any, Final

from dateutil.rrule import rrulestr
from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.zone import UnknownZone, zone

from itsm_change.rules.interval import LONGEST, Interval

FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"}
    | {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"}
)
"""Without BYHOUR and smaller ones: a rule gives dates, the time of day is the first occurrence's."""

LONGEST_RULE: Final = 500
DAY: Final = timedelta(days=1)
CYCLE: Final = 400
"""After so many years the calendar repeats itself, weekdays and all; within a century after 28 already."""

LAST_YEAR: Final = 9999
YEARS: Final = range(2000, 2200)
"""In which a window begins."""

UNTIL: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII)
NUMBER: Final = re.compile(r"[1-9]\d{0,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Schedule:
    """[starts_at, ends_at) is the first occurrence; without a rule it is the only one."""

    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    zone: str


def check(schedule: Schedule) -> None:
    """Invalid, with a sentence, unless `occurrences` can work with it."""
    try:
        zone(schedule.zone)
    except UnknownZone as error:
        raise wrong("zone", str(error)) from error
    if schedule.starts_at.year not in YEARS:
        raise wrong("starts_at", f"A window begins between {YEARS[0]} and {YEARS[-1]}.")
    if schedule.ends_at <= schedule.starts_at:
        raise wrong("ends_at", "ends_at must lie after starts_at: the window is [starts_at, ends_at).")
    if schedule.ends_at - schedule.starts_at > LONGEST:
        raise wrong("ends_at", f"An occurrence lasts at most {LONGEST.days} days.")
    if schedule.recurrence is None:
        return
    first = local(schedule.starts_at, schedule.zone).date()
    twin = twin_year(first.year)
    given = next(dates(schedule.recurrence, first.replace(year=twin)), None)
    if given != first.replace(year=twin):
        near = given is not None and given.year == twin
        sentence = (
            f"The first occurrence begins on {first} in {schedule.zone}, which is no date of the rule: "
            + (
                f"begin on {given.replace(year=first.year)}, or change the rule."
                if given and near
                else "it gives none in that year."
            )
        )
        raise wrong("recurrence", sentence)
    if (last := last_start(schedule)) is not None and last < schedule.starts_at:
        raise wrong("recurrence", "UNTIL lies before the first occurrence.")


def occurrences(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Interval]:
    """The occurrences that overlap [start, end), in order; one that overlaps in part comes whole."""
    if schedule.recurrence is None:
        days: Iterator[date] = iter(())
    else:
        first = local(schedule.starts_at, schedule.zone).date()
        days = between(
            schedule.recurrence,
            first,
            local(start, schedule.zone).date() - (schedule.ends_at - schedule.starts_at) - 2 * DAY,
            local(end, schedule.zone).date() + DAY,
        )
    until = last_start(schedule)
    asked = Interval(start, end)
    if schedule.starts_at < end and schedule.ends_at > start:
        yield Interval(schedule.starts_at, schedule.ends_at)
    for day in days:
        each = on(schedule, day)
        if until is not None and each.start > until:
            return
        if each.start > schedule.starts_at and each.start < each.end and each.overlap(asked):
            yield each


def on(schedule: Schedule, day: date) -> Interval:
    """The occurrence that begins on a date: as long as the first one by the clock on the wall.

    A time that the wall clock skips in spring is read by the offset before it, one that it shows twice
    in autumn is the first of the two, as RFC 5545 says.
    """
    place = zone(schedule.zone)
    starts, ends = local(schedule.starts_at, schedule.zone), local(schedule.ends_at, schedule.zone)
    moved = day - starts.date()
    begin = datetime.combine(day, starts.time(), place)
    finish = datetime.combine(ends.date() + moved, ends.time(), place)
    return Interval(begin.astimezone(UTC), finish.astimezone(UTC))


def local(moment: datetime, name: str) -> datetime:
    """The moment on the wall clock of a zone."""
    return moment.astimezone(zone(name))


def last_start(schedule: Schedule) -> datetime | None:
    """The moment of the rule's UNTIL: no occurrence begins after it."""
    if schedule.recurrence is None:
        return None
    written = parts(schedule.recurrence).get("UNTIL")
    return None if written is None else until(written, schedule.zone)


@lru_cache(4096)
def over_at(schedule: Schedule) -> datetime | None:
    """By when the last occurrence has ended; None where there is always another one."""
    if schedule.recurrence is None:
        return schedule.ends_at
    length = schedule.ends_at - schedule.starts_at + DAY
    if (last := last_start(schedule)) is not None:
        return max(last, schedule.starts_at) + length
    if "COUNT" not in parts(schedule.recurrence):
        return None
    first = local(schedule.starts_at, schedule.zone).date()
    return on(schedule, max(counted(schedule.recurrence, first), default=first)).start + length


def until(written: str, name: str) -> datetime:
    """UNTIL as a moment: in UTC, or by the zone's wall clock; a date is its last moment."""
    found = UNTIL.fullmatch(written)
    try:
        if found is None:
            raise ValueError
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if day.year not in range(YEARS[0], YEARS[-1] + 101):
            raise ValueError
        if found[4] is None:
            return datetime.combine(day, time.max, zone(name)).astimezone(UTC)
        clock = time(int(found[4]), int(found[5]), int(found[6]))
        return datetime.combine(day, clock, UTC if found[7] else zone(name)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong("recurrence", "UNTIL must be a date such as 20261231, or 20261231T220000Z.") from None


@lru_cache(4096)
def parts(rule: str) -> dict[str, str]:
    """A rule's parts by name; Invalid where it is none that is taken here."""
    if len(rule) > LONGEST_RULE:
        raise wrong("recurrence", f"A rule has at most {LONGEST_RULE} characters.")
    found: dict[str, str] = {}
    for part in rule.removeprefix("RRULE:").upper().split(";"):
        name, _, value = part.partition("=")
        if name not in PARTS or name in found or not value:
            raise wrong(
                "recurrence",
                f"{part[:40]!r} is no part of a rule that is taken here. Known, each at most once, are: "
                f"{', '.join(sorted(PARTS))}; the time of day is that of starts_at.",
            )
        found[name] = value
    if found.get("FREQ") not in FREQUENCIES:
        raise wrong("recurrence", f"FREQ must be one of {', '.join(FREQUENCIES)}.")
    for name in ("INTERVAL", "COUNT"):
        if name in found and not NUMBER.fullmatch(found[name]):
            raise wrong("recurrence", f"{name} must be a whole number from 1 to 9999.")
    if "COUNT" in found and "UNTIL" in found:
        raise wrong("recurrence", "COUNT and UNTIL exclude each other.")
    if "UNTIL" in found:
        until(found["UNTIL"], "UTC")
    return found


def between(rule: str, first: date, start: date, end: date) -> Iterator[date]:
    """The rule's dates in [start, end] from `first` on, in order, COUNT honoured and UNTIL not."""
    if "COUNT" in parts(rule):
        found: Iterator[date] = iter(counted(rule, first))
    else:
        years = range(max(start, first).year, end.year + 1)
        found = chain.from_iterable(in_year(rule, first, year) for year in years)
    return takewhile(lambda day: day <= end, dropwhile(lambda day: day < start, found))


@lru_cache(256)
def counted(rule: str, first: date) -> tuple[date, ...]:
    """All dates of a rule with COUNT."""
    return tuple(islice(dates(rule, first), int(parts(rule)["COUNT"])))


@lru_cache(4096)
def in_year(rule: str, first: date, year: int) -> tuple[date, ...]:
    """A year's dates of a rule without COUNT, worked out from the last period before it that counts."""
    begin = max(first, date(year, 1, 1))
    found = dropwhile(lambda day: day < begin, dates(rule, first, year))
    return tuple(takewhile(lambda day: day.year == year, found))


def dates(rule: str, first: date, year: int | None = None) -> Iterator[date]:
    """The rule's dates from `first` on, in order, without end and UNTIL; with a `year` they begin before it.

    dateutil looks for a next date until the year 9999, which takes seconds where there is none. So it is
    asked about the last cycle of the calendar, in which every date has its twin.
    """
    given = parts(rule)
    begin, added = first, ""
    if year is not None:
        begin, added = nearer(given, first, date(year, 1, 1))
    ahead = (LAST_YEAR - begin.year) // CYCLE * CYCLE
    bare = ";".join(f"{name}={value}" for name, value in given.items() if name not in ("COUNT", "UNTIL"))
    start = datetime.combine(begin.replace(year=begin.year + ahead), time())
    try:
        made: Any = rrulestr(bare + added, dtstart=start)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise wrong("recurrence", f"The rule cannot be read as RFC 5545 says: {error}.") from error
    return (day.date().replace(year=day.year - ahead) for day in made)


def nearer(given: Mapping[str, str], first: date, year: date) -> tuple[date, str]:
    """Where the rule may begin instead of at `first` so that from `year` on it gives the same dates, and
    what it then has to say that it takes from `first`.
    """
    every = int(given.get("INTERVAL", "1"))
    if given["FREQ"] in ("DAILY", "WEEKLY"):
        step = every * (7 if given["FREQ"] == "WEEKLY" else 1)
        return first + max(0, (year - first).days // step - 1) * step * DAY, ""
    bare = not given.keys() & {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}
    added = f";BYMONTHDAY={first.day}" if bare else ""
    if given["FREQ"] == "YEARLY":
        added += f";BYMONTH={first.month}" if bare and "BYMONTH" not in given else ""
        return date(first.year + max(0, year.year - first.year) // every * every, 1, 1), added
    months = max(0, (year.year - first.year) * 12 + 1 - first.month) // every * every
    return date(first.year + (first.month - 1 + months) // 12, (first.month - 1 + months) % 12 + 1, 1), added


@lru_cache(256)
def twin_year(year: int) -> int:
    """A year like this one among the last 28 there are, where a search is short: weekdays, leap day, and
    how many weeks the year before had.
    """

    def shape(of: int) -> tuple[int, bool, bool]:
        return date(of, 1, 1).weekday(), isleap(of), isleap(of - 1)

    return next(each for each in range(LAST_YEAR - 27, LAST_YEAR + 1) if shape(each) == shape(year))


def wrong(name: str, sentence: str) -> Invalid:
    """One field that does not fit."""
    return Invalid("invalid_field", sentence, (FieldError(f"/{name}", "invalid", sentence),))

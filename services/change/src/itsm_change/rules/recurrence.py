"""When a window takes place: a first occurrence, an RFC 5545 rule of dates, and the clock on a zone's wall.

Whoever wrote the rule may mean harm: only rules of days are taken, what a rule yields is bounded by the
time that is asked about, and the search for a next date ends within one cycle of the calendar.
"""

import re
from calendar import isleap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any, Final

from dateutil.rrule import rrulestr
from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.zone import UnknownZone, zone

from itsm_change.rules.interval import Interval

FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"}
    | {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"}
)
"""Without BYHOUR and smaller ones: a rule gives dates, the time of day is the first occurrence's."""

LONGEST_RULE: Final = 500
DAY: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=366)
"""No occurrence lasts longer: a freeze of years is a decision to stop changing."""

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
    given = next(dates(schedule.recurrence, first, twin_year(first.year)), None)
    if given != first:
        sentence = (
            f"The first occurrence begins on {first} in {schedule.zone}, which is no date of the rule: "
            + ("it gives none." if given is None else f"begin on {given}, or change the rule.")
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
        days = kept_dates(schedule.recurrence, first).between(
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
    days = kept_dates(schedule.recurrence, first).between(first, date(LAST_YEAR, 1, 1))
    return on(schedule, max(days, default=first)).start + length


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


class Dates:
    """The dates of a rule, each worked out once, however often it is asked."""

    def __init__(self, rule: str, first: date) -> None:
        """Nothing is worked out yet."""
        self._more = dates(rule, first)
        self._known: list[date] = []

    def between(self, start: date, end: date) -> Iterator[date]:
        """Those in [start, end]."""
        while not self._known or self._known[-1] <= end:
            following = next(self._more, None)
            if following is None:
                break
            self._known.append(following)
        return takewhile(lambda day: day <= end, (day for day in self._known if day >= start))


kept_dates = lru_cache(2048)(Dates)


def dates(rule: str, first: date, twin: int | None = None) -> Iterator[date]:
    """The rule's dates from `first` on, in order, COUNT honoured and UNTIL not.

    dateutil looks for a next date until the year 9999, which takes seconds where there is none. So it is
    asked about a later year, by default of the last cycle of the calendar, in which every date has its twin.
    """
    given = parts(rule)
    ahead = (LAST_YEAR - first.year) // CYCLE * CYCLE if twin is None else twin - first.year
    bare = ";".join(f"{name}={value}" for name, value in given.items() if name not in ("COUNT", "UNTIL"))
    begin = datetime.combine(first.replace(year=first.year + ahead), time())
    try:
        made: Any = rrulestr(bare, dtstart=begin)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise wrong("recurrence", f"The rule cannot be read as RFC 5545 says: {error}.") from error
    found = (day.date().replace(year=day.year - ahead) for day in made)
    return islice(found, int(given["COUNT"])) if "COUNT" in given else found


def twin_year(year: int) -> int:
    """A year like this one, weekdays and leap day, among the last 28 there are: a search there is short."""
    shape = date(year, 1, 1).weekday(), isleap(year)
    found = (each for each in range(LAST_YEAR - 27, LAST_YEAR + 1))
    return next(each for each in found if (date(each, 1, 1).weekday(), isleap(each)) == shape)


def wrong(name: str, sentence: str) -> Invalid:
    """One field that does not fit."""
    return Invalid("invalid_field", sentence, (FieldError(f"/{name}", "invalid", sentence),))

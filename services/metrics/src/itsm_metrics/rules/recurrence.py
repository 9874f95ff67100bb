"""When a maintenance window recurs: RFC 5545 on the wall clock of its zone, within bounds.

A rule comes from outside and may be hostile: one that recurs by seconds, never, or for ever must cost no
more than an honest one. So only rules that give dates are read, and no further than `LONGEST` after the
first occurrence.
"""

import re
from array import array
from collections.abc import Iterator
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from dateutil.rrule import rrule, rrulestr
from itsm_sla.zone import names, zone

LONGEST: Final = timedelta(days=20 * 366)
"""Nobody agrees on maintenance for longer than twenty years ahead."""
MOST_TEXT: Final = 500
CYCLE: Final = 400
PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"}
    | {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"}
)
FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
FORM: Final = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
NUMBER: Final = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
LIMIT: Final = re.compile(r"([0-9]{8})(T[0-9]{6}(Z?))?", re.ASCII)
ANY_DAY: Final = datetime(2000, 1, 1)  # noqa: DTZ001  # wall clock: a rule is read before its zone matters


class Rule(NamedTuple):
    """A readable rule: its text without its limits, and these; `last` on the wall clock, or in UTC."""

    text: str
    most: int | None
    last: datetime | None
    in_utc: bool


def known(name: str) -> bool:
    """Whether it is the name of a time zone."""
    return name in names()


def read(text: str) -> Rule | None:
    """The rule; None where it is none, or gives more than dates."""
    text = text.strip().upper().removeprefix("RRULE:")
    if len(text) > MOST_TEXT or not FORM.fullmatch(text):
        return None
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in text.split(";"))]
    parts = dict(pairs)
    if len(parts) < len(pairs) or not parts.keys() <= PARTS or parts.get("FREQ") not in FREQUENCIES:
        return None
    if "COUNT" in parts and "UNTIL" in parts:
        return None
    if any(not NUMBER.fullmatch(parts[name]) for name in ("INTERVAL", "COUNT") if name in parts):
        return None
    count, limit = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    try:
        until, in_utc = last_moment(limit) if limit else (None, False)
        rest = ";".join(f"{name}={value}" for name, value in parts.items())
        parsed(rest, ANY_DAY)
    except (ValueError, KeyError, IndexError, TypeError, OverflowError):
        return None
    return Rule(rest, int(count) if count else None, until, in_utc)


def last_moment(text: str) -> tuple[datetime, bool]:
    """UNTIL, and whether it is in UTC; a date alone means all of it."""
    found = LIMIT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    if found[2] is None:
        return datetime.strptime(found[1], "%Y%m%d") + timedelta(days=1, microseconds=-1), False  # noqa: DTZ007  # wall clock
    return datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S"), bool(found[3])  # noqa: DTZ007  # wall clock


def occurrences(
    starts_at: datetime, ends_at: datetime, recurrence: str | None, place: str, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Every occurrence that begins before `until`, in order; all times are aware.

    Each one begins at the time of day of the first on the zone's wall clock and ends as much later on it,
    so that a window of 01:00 to 04:00 ends at four on the day on which a clock changes, too. A rule that
    is refused, or a zone that is unknown, leaves the first occurrence.
    """
    if ends_at <= starts_at or starts_at >= until:
        return
    yield starts_at, ends_at
    rule = read(recurrence) if recurrence is not None and known(place) else None
    if rule is None:
        return
    there = zone(place)
    try:
        first = on_the_wall(starts_at, place)
        length = on_the_wall(ends_at, place) - first
        horizon = min(on_the_wall(until, place), first + LONGEST, last_start(rule, place))
    except OverflowError:
        return
    if length > LONGEST:
        return
    rest = None if rule.most is None else rule.most - 1
    for day in islice(dates(rule.text, first, horizon), rest):
        begins = datetime.combine(day, first.time())
        starts, ends = (begins.replace(tzinfo=there), (begins + length).replace(tzinfo=there))
        starts, ends = starts.astimezone(UTC), ends.astimezone(UTC)
        if starts < min(until, ends):
            yield starts, ends


def last_start(rule: Rule, place: str) -> datetime:
    """The last moment on the wall clock at which it may begin."""
    if rule.last is None:
        return datetime.max  # noqa: DTZ901  # wall clock
    return on_the_wall(rule.last.replace(tzinfo=UTC), place) if rule.in_utc else rule.last


def dates(text: str, first: datetime, horizon: datetime) -> Iterator[date]:
    """The dates after the first occurrence's on which the rule recurs, until a moment on the wall clock."""
    for ordinal in ordinals(text, first):
        day = date.fromordinal(ordinal)
        if datetime.combine(day, first.time()) > horizon:
            return
        yield day


@lru_cache(256)
def ordinals(text: str, first: datetime) -> "array[int]":
    """The dates after the first occurrence's and within `LONGEST` of it, as ordinals.

    The library looks for the next date until the year 9999, which takes seconds where there is none.
    The calendar is the same every 400 years: so it starts in the last such cycle before that.
    """
    last = first + LONGEST
    ahead = (MAXYEAR - last.year) // CYCLE * CYCLE
    moved = first.replace(year=first.year + ahead)
    rule = parsed(text, moved).replace(until=last.replace(year=last.year + ahead))
    offset = moved.toordinal() - first.toordinal()
    return array("l", (day.toordinal() - offset for day in rule if day.date() > moved.date()))


def parsed(text: str, first: datetime) -> rrule:
    """The rule as the library reads it; ValueError, KeyError or the like where it is none."""
    rule = rrulestr(text, dtstart=first)
    if not isinstance(rule, rrule):
        raise TypeError(text)
    return rule


def on_the_wall(at: datetime, place: str) -> datetime:
    """What the clock there shows."""
    return at.astimezone(zone(place)).replace(tzinfo=None)

"""Business calendars: when an agreement counts time.

An instant is open when the clock on the wall of the calendar's zone shows an opening hour. So an hour that
is skipped in spring is not there, one that is repeated in autumn counts twice, and 24x7 is always open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Final

from itsm_sla.openings import Openings
from itsm_sla.zone import zone

MIDNIGHT: Final = 24 * 60
Piece = tuple[int, int]
"""Opening hours within one date: [from, to) in minutes of the wall clock, 0 to 1440."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours, in minutes of the wall clock: opens 0 to 1439, closes 1 to 1440.

    Where `closes` is not after `opens` they go on past midnight into the next date.
    """

    opens: int
    closes: int

    @property
    def today(self) -> Piece:
        """The part on the date on which they open."""
        return self.opens, self.closes if self.closes > self.opens else MIDNIGHT

    @property
    def tomorrow(self) -> Piece | None:
        """The part on the next date, if they go on past midnight."""
        return None if self.closes > self.opens else (0, self.closes)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date with hours of its own instead of the week's: none (closed from midnight to midnight), or few."""

    on: date
    name: str
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """One version of a calendar.

    `weekly` holds the hours of Monday to Sunday. `valid_from` and `issued_at` (when the version was
    made known) decide which records it governs: see `itsm_sla.version`.
    """

    key: str
    version: int
    name: str
    valid_from: datetime
    issued_at: datetime
    zone: str
    weekly: tuple[tuple[Hours, ...], ...]
    holidays: tuple[Holiday, ...] = ()
    retired: bool = False

    @cached_property
    def openings(self) -> Openings:
        """The opening hours as instants, computed page by page when first asked for."""
        dated = {day.on.toordinal(): pieces(hours.today for hours in day.hours) for day in self.holidays}
        return Openings(zone(self.zone), week(self.weekly), dated)


def week(weekly: tuple[tuple[Hours, ...], ...]) -> tuple[tuple[Piece, ...], ...]:
    """Seven weekdays of pieces; hours past midnight reach into the weekday after."""
    return tuple(
        pieces(
            [
                *(hours.today for hours in weekly[day]),
                *(part for hours in weekly[day - 1] if (part := hours.tomorrow) is not None),
            ]
        )
        for day in range(7)
    )


def pieces(given: Iterable[Piece]) -> tuple[Piece, ...]:
    """The same minutes in order, without overlaps."""
    merged: list[Piece] = []
    for start, end in sorted(given):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


ALWAYS: Final = ((Hours(0, MIDNIGHT),),) * 7
"""The week of a 24x7 calendar."""


def weekdays(hours: Mapping[int, Iterable[Hours]]) -> tuple[tuple[Hours, ...], ...]:
    """A week from its weekdays (0 is Monday); those that are absent are closed."""
    return tuple(tuple(hours.get(day, ())) for day in range(7))

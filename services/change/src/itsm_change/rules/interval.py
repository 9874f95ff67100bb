"""Half-open intervals of time [start, end), and what can be done with several of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

LONGEST: Final = timedelta(days=366)
"""No change is planned for longer, and no occurrence of a window lasts longer."""

SEARCHED: Final = timedelta(days=90)
"""As much time is searched for a free slot, or asked about at the gate."""


class Interval(NamedTuple):
    """[start, end) in UTC; `end` lies after `start`."""

    start: datetime
    end: datetime

    def overlap(self, other: "Interval") -> "Interval | None":
        """What both have in common; touching is no overlap."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Their union, in order; none touches the next."""
    found: list[Interval] = []
    for each in sorted(intervals):
        if found and each.start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, each.end))
        else:
            found.append(each)
    return found


def outside(whole: Interval, cover: Iterable[Interval]) -> list[Interval]:
    """The parts of `whole` that no interval of `cover` covers, in order."""
    left, at = [], whole.start
    for each in merged(cover):
        if each.start > at and at < whole.end:
            left.append(Interval(at, min(each.start, whole.end)))
        at = max(at, each.end)
    if at < whole.end:
        left.append(Interval(at, whole.end))
    return left


def hull(intervals: Iterable[Interval]) -> Interval:
    """From the first start to the last end; ValueError for none."""
    given = list(intervals)
    return Interval(min(each.start for each in given), max(each.end for each in given))

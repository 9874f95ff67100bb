"""A calendar's opening hours as instants, in tables of one year that make sums and deadlines a search."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, date, datetime
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

from itsm_sla.instant import DAY, EPOCH, MINUTE, instant, micros
from itsm_sla.zone import offsets

Pieces = tuple[tuple[int, int], ...]


class NeverDue(ValueError):
    """The calendar does not open for so long that no date can say when; look at its hours and the target."""


class Year(NamedTuple):
    """The openings within one year of UTC: [starts[i], ends[i]), and the open time before each."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int


class Openings:
    """The openings of one calendar; every time and duration is in microseconds."""

    def __init__(self, place: ZoneInfo, week: tuple[Pieces, ...], dated: Mapping[int, Pieces]) -> None:
        self._place = place
        self._week = week
        self._dated = dated
        self._years: dict[int, Year] = {}

    def elapsed(self, start: int, end: int) -> int:
        """The open time in [start, end); start must not lie after end."""
        first, last = instant(start).year, instant(end).year
        whole = sum(self.year(number).total for number in range(first, last))
        return whole + self._passed(self.year(last), end) - self._passed(self.year(first), start)

    def due(self, start: int, target: int) -> int:
        """The least instant t with elapsed(start, t) = target, for a target above 0; NeverDue without one."""
        number = instant(start).year
        year = self.year(number)
        wanted = self._passed(year, start) + target
        while wanted > year.total:
            wanted -= year.total
            number += 1
            if number >= MAXYEAR:
                raise NeverDue("This calendar is not open for long enough before the year 9999.")
            year = self.year(number)
        at = bisect_left(year.before, wanted) - 1
        return year.starts[at] + wanted - year.before[at]

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The openings in [start, end), each as long as possible, in order."""
        since: int | None = None
        until = start
        for number in range(instant(start).year, instant(end).year + 1):
            year = self.year(number)
            for opens, closes in zip(year.starts, year.ends, strict=True):
                low, high = max(opens, start), min(closes, end)
                if low >= high:
                    continue
                if since is None:
                    since = low
                elif low > until:
                    yield since, until
                    since = low
                until = high
        if since is not None:
            yield since, until

    def year(self, number: int) -> Year:
        """The table of one year, made at the first question."""
        known = self._years.get(number)
        if known is None:
            known = self._years[number] = self._made(number)
        return known

    @staticmethod
    def _passed(year: Year, at: int) -> int:
        """The year's open time before an instant within it."""
        last = bisect_right(year.starts, at) - 1
        return 0 if last < 0 else year.before[last] + min(at, year.ends[last]) - year.starts[last]

    def _made(self, number: int) -> Year:
        start = micros(datetime(number, 1, 1, tzinfo=UTC))
        end = micros(datetime(number + 1, 1, 1, tzinfo=UTC))
        spans: list[tuple[int, int]] = []
        for since, until, ahead in offsets(self._place, start, end):
            for opens, closes in self._shown(since + ahead, until + ahead):
                low, high = max(opens - ahead, since), min(closes - ahead, until)
                if low >= high:
                    continue
                if spans and spans[-1][1] == low:
                    spans[-1] = spans[-1][0], high
                else:
                    spans.append((low, high))
        lengths = [high - low for low, high in spans]
        before = [0, *accumulate(lengths)]
        return Year([low for low, _ in spans], [high for _, high in spans], before[:-1], before[-1])

    def _shown(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The opening hours as the wall clock shows them, of every date that touches [start, end)."""
        for day in range(start // DAY, -(-end // DAY)):
            ordinal = day + EPOCH.toordinal()
            hours = self._dated.get(ordinal)
            if hours is None:
                hours = self._week[date.fromordinal(ordinal).weekday()]
            for opens, closes in hours:
                yield day * DAY + opens * MINUTE, day * DAY + closes * MINUTE

"""A calendar's opening hours as instants, in pages of a year that make sums and deadlines a search."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from itsm_sla.instant import DAY, EPOCH, MINUTE, micros
from itsm_sla.zone import offsets

Pieces = tuple[tuple[int, int], ...]
PAGE: Final = 366 * DAY
FIRST: Final = micros(datetime(1, 1, 3, tzinfo=UTC))
LAST: Final = micros(datetime(9999, 12, 29, tzinfo=UTC))
"""What lies before or after is closed: local time cannot be told there."""


class NeverDue(ValueError):
    """The calendar does not open for so long that no date can say when; look at its hours and the target."""


class Page(NamedTuple):
    """The openings within 366 days: [starts[i], ends[i]), and the open time before each."""

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
        self._pages: dict[int, Page] = {}

    def elapsed(self, start: int, end: int) -> int:
        """The open time in [start, end); start must not lie after end."""
        first, last = start // PAGE, end // PAGE
        whole = sum(self.page(number).total for number in range(first, last))
        return whole + self._passed(self.page(last), end) - self._passed(self.page(first), start)

    def due(self, start: int, target: int) -> int:
        """The least instant t with elapsed(start, t) = target, for a target above 0; NeverDue without one."""
        number = start // PAGE
        page = self.page(number)
        wanted = self._passed(page, start) + target
        while wanted > page.total:
            wanted -= page.total
            number += 1
            if number * PAGE > LAST:
                raise NeverDue("This calendar is not open for long enough before the end of the year 9999.")
            page = self.page(number)
        at = bisect_left(page.before, wanted) - 1
        return page.starts[at] + wanted - page.before[at]

    def between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The openings in [start, end), each as long as possible, in order."""
        since: int | None = None
        until = start
        for number in range(start // PAGE, end // PAGE + 1):
            page = self.page(number)
            for opens, closes in zip(page.starts, page.ends, strict=True):
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

    def hours(self, on: date) -> Pieces:
        """The opening hours on a date, as the wall clock shows them."""
        dated = self._dated.get(on.toordinal())
        return self._week[on.weekday()] if dated is None else dated

    def page(self, number: int) -> Page:
        """One page, made at the first question."""
        known = self._pages.get(number)
        if known is None:
            known = self._pages[number] = self._made(number)
        return known

    @staticmethod
    def _passed(page: Page, at: int) -> int:
        """The page's open time before an instant within it."""
        last = bisect_right(page.starts, at) - 1
        return 0 if last < 0 else page.before[last] + min(at, page.ends[last]) - page.starts[last]

    def _made(self, number: int) -> Page:
        start, end = max(number * PAGE, FIRST), min((number + 1) * PAGE, LAST)
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
        return Page([low for low, _ in spans], [high for _, high in spans], before[:-1], before[-1])

    def _shown(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The opening hours as the wall clock shows them, of every date that touches [start, end)."""
        for day in range(start // DAY, -(-end // DAY)):
            ordinal = day + EPOCH.toordinal()
            for opens, closes in self.hours(date.fromordinal(ordinal)):
                yield day * DAY + opens * MINUTE, day * DAY + closes * MINUTE

"""The first time at which nothing stands against a change."""

from collections.abc import Iterable
from datetime import timedelta

from itsm_change.rules.conflicts import Booking, against_changes, frozen
from itsm_change.rules.graph import Graph
from itsm_change.rules.interval import Interval, outside
from itsm_change.rules.windows import Freeze, Window, touching


def first_free(
    change: Booking,
    duration: timedelta,
    others: Iterable[Booking],
    windows: Iterable[Window],
    freezes: Iterable[Freeze],
    graph: Graph,
) -> Interval | None:
    """The earliest [start, start + duration) within the change's period without any conflict.

    `change.period` is all of the time that is searched; `others` are those that overlap it.
    """
    within = change.period
    taken = [each.period for each in against_changes(change, others, graph)]
    taken += [each.period for each in frozen(change, freezes, graph)]
    given = tuple(windows)
    for node in change.nodes:
        if own := touching(given, node, within.start):
            taken += outside(within, [each for window in own for each in window.during(within)])
    for start, end in outside(within, taken):
        if end - start >= duration:
            return Interval(start, start + duration)
    return None

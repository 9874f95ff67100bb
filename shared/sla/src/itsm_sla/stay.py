"""One stay of a record, counted step by step: its intervals, and the sums that make a deadline a search.

For an SLA it is the record's whole life, for an agreement with a group the time in that group. Every target
of the policy counts the same stay, so one that comes later has all of it at once.
"""

from bisect import bisect_left, bisect_right
from datetime import datetime
from typing import Final, NamedTuple

from itsm_sla.business_time import due, elapsed
from itsm_sla.calendar import Calendar
from itsm_sla.instant import between
from itsm_sla.interval import Interval, Kind
from itsm_sla.moment import Moment
from itsm_sla.step import ENDED, Step

NOWHERE: Final = -1


class View(NamedTuple):
    """A stay as one clock sees it, until the moment `ended_by` or without an end.

    `tail` is the last interval where the stay itself has not closed it, or not there.
    """

    intervals: tuple[Interval, ...]
    tail: Interval | None
    ended_by: Moment | None


class Stay:
    """What has been counted since the first step. Each further step costs the same, however many there were.

    A new interval begins when the clock stops or goes on, when the reason of a pause changes, and when the
    group does. Those without length are left out.
    """

    def __init__(self, calendar: Calendar, first: Step) -> None:
        """Nothing is counted yet; `last` is the latest step."""
        self.calendar = calendar
        self.started = first.moment
        self.last = first
        self.first_done = first.moment.at if first.course == "done" else None
        self._since = first  # the step that began the stretch that lasts
        self._turn = first.moment  # the first of the latest steps that have one course
        self._before_turn: tuple[int, Step | None] = (0, None)  # intervals until then, and `_since`
        self._closed: list[Interval] = []
        self._runs: list[Interval] = []
        self._reached: list[int] = []  # open time by the end of each of these
        self._elapsed = 0
        self._stops: dict[datetime, datetime] = {}

    def then(self, step: Step) -> None:
        """The next step."""
        if step.course != self.last.course:
            self._turn, self._before_turn = step.moment, (len(self._closed), self._since)
        if step.standing != self._since.standing:
            closed = self._stretch(self._since, step.moment)
            if closed is not None:
                self._note(closed)
            self._since = step
        self.last = step
        if step.course == "done" and self.first_done is None:
            self.first_done = step.moment.at

    def going_on(self) -> View:
        """Without an end: its last interval lasts."""
        tail = self._stretch(self._since, None)
        return View((*self._closed, *some(tail)), tail, None)

    def until(self, moment: Moment) -> View:
        """Ended by a moment that is none of its steps."""
        tail = self._stretch(self._since, moment)
        return View((*self._closed, *some(tail)), tail, moment)

    def at_rest(self) -> View:
        """Ended when it came into the state that it is in, done or cancelled."""
        count, since = self._before_turn
        last = None if since is None else self._stretch(since, self._turn)
        return View((*self._closed[:count], *some(last)), None, self._turn)

    def ran(self, view: View) -> tuple[int, int]:
        """Elapsed and open microseconds of the running intervals that have ended."""
        tail = view.tail if view.tail is not None and view.tail.kind == "running" else None
        took = between(tail.start, tail.end) if tail is not None and tail.end is not None else 0
        open_time = (tail.business or 0) if tail is not None else 0
        return self._elapsed + took, self._counted() + open_time

    def deadline(self, view: View, target: int) -> datetime | None:
        """The least t at which the running intervals hold `target` microseconds of open time.

        Beyond them it runs on from the end; None where there is none, that is while the clock is paused.
        """
        at = bisect_left(self._reached, target)
        if at < len(self._runs):
            before = self._reached[at - 1] if at else 0
            return due(self.calendar, self._runs[at].start, target - before)
        left, tail = target - self._counted(), view.tail
        if tail is not None and tail.kind == "running":
            if tail.business is None or tail.business >= left:
                return due(self.calendar, tail.start, left)
            left -= tail.business
        return None if view.ended_by is None else due(self.calendar, view.ended_by.at, left)

    def counted(self, view: View, at: datetime) -> int:
        """The open time of the running intervals before an instant."""
        index = bisect_right(self._runs, at, key=lambda run: run.start) - 1
        tail = view.tail
        if tail is not None and tail.kind == "running" and tail.start <= at:
            return self._counted() + elapsed(self.calendar, tail.start, min(at, tail.end or at))
        if index == NOWHERE:
            return 0
        run = self._runs[index]
        before = self._reached[index - 1] if index else 0
        return before + elapsed(self.calendar, run.start, min(at, run.end or at))

    def resumed(self, view: View, at: datetime) -> datetime:
        """When a threshold that is due at an instant fires: then, unless the record ended at that very one.

        In that case it was in time, and is passed only once the record is reopened.
        """
        while at in self._stops:
            at = self._stops[at]
        tail = view.tail
        if tail is not None and tail.start == at and tail.why in ENDED and tail.end is not None:
            return tail.end
        return at

    def _counted(self) -> int:
        return self._reached[-1] if self._reached else 0

    def _note(self, closed: Interval) -> None:
        """Keep an interval that has ended, and what it adds to the sums."""
        self._closed.append(closed)
        if closed.end is None:
            return
        if closed.kind == "running":
            self._runs.append(closed)
            self._reached.append(self._counted() + (closed.business or 0))
            self._elapsed += between(closed.start, closed.end)
        elif closed.why in ENDED:
            self._stops[closed.start] = closed.end

    def _stretch(self, first: Step, by: Moment | None) -> Interval | None:
        """The interval that a step began, closed by a moment or still open; None where it has no length."""
        moment, why = first.moment, first.reason
        kind: Kind = "running" if why is None else "paused"
        if by is None:
            return Interval(kind, why, moment.assignment_group, moment.at, moment)
        if by.at <= moment.at:
            return None
        open_time = elapsed(self.calendar, moment.at, by.at)
        return Interval(kind, why, moment.assignment_group, moment.at, moment, by.at, by, open_time)


def some(interval: Interval | None) -> tuple[Interval, ...]:
    """The interval, if there is one."""
    return () if interval is None else (interval,)

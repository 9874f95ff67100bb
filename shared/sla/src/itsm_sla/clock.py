"""SLA clocks: a pure function of a record's history and the versions of policies and calendars.

Nothing here depends on the time of asking; `itsm_sla.reading` tells what a clock shows at a moment.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from itsm_sla.calendar import Calendar
from itsm_sla.interval import Interval
from itsm_sla.moment import History, Moment
from itsm_sla.policy import MEASURED, Measure, Policy, Target
from itsm_sla.stay import Stay, View
from itsm_sla.step import Step, course, responds
from itsm_sla.version import pinned

State = Literal["running", "paused", "completed", "cancelled"]
Ending = Literal["responded", "resolved", "fulfilled", "group_changed", "target_changed", "record_cancelled"]

Handing = Literal["group", "target"]
"""What ends a clock before the record does: it leaves the group, or another target takes its place."""

STOPS: dict[Measure, Ending] = {"respond": "responded", "resolve": "resolved", "fulfil": "fulfilled"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the target.

    - due_at: when the clock reaches it (for an ended clock: would have reached it, had it run on);
      None while paused before it
    - fires_at: when its event is dated; None where it is never reached, or was passed already when the
      clock attached and a higher one was too
    - business: the open time that has been counted when it fires, in microseconds
    """

    percent: int
    due_at: datetime | None
    fires_at: datetime | None
    business: int | None


@dataclass(frozen=True, slots=True)
class Clock:
    """One target of one policy for one record.

    - started_at: from when time counts; attached_by: the event that put the target in force, which is
      later where a change of priority or service brought it, retroactively
    - ended_at, ended_by, ending: its end, and which of the possible ones; None while it goes on
    - first_completed_at: the first of several completions of a record that was reopened
    - due_at: the deadline; None while paused before it
    - ran_elapsed, ran_business: 24x7 and open microseconds of the running intervals that have ended
    """

    policy: Policy
    calendar: Calendar
    measure: Measure
    target: Target
    state: State
    started_at: datetime
    attached_at: datetime
    attached_by: Moment
    intervals: tuple[Interval, ...]
    thresholds: tuple[Threshold, ...]
    due_at: datetime | None
    ended_at: datetime | None = None
    ended_by: Moment | None = None
    ending: Ending | None = None
    first_completed_at: datetime | None = None
    ran_elapsed: int = 0
    ran_business: int = 0

    @property
    def identity(self) -> tuple[str, Measure, int]:
        """Tells the clocks of a record apart, whatever the versions: policy, measure, attaching sequence."""
        return self.policy.key, self.measure, self.attached_by.sequence


class Line:
    """The clocks of one policy and measure for one record, moment by moment.

    `ended` are those that are over for good, in the order in which they attached; `current` is the one in
    force. Each moment costs the same, however many there were before.
    """

    def __init__(self, policy: Policy, calendar: Calendar, measure: Measure) -> None:
        """Before the first moment."""
        self.policy = policy
        self.ended: list[Clock] = []
        self._calendar = calendar
        self._measure = measure
        self._stay: Stay | None = None
        self._answered = False
        self._force: tuple[Target, Moment] | None = None

    def then(self, moment: Moment) -> None:
        """What the next moment does."""
        policy, stay = self.policy, self._stay
        over = moment.phase in ("done", "cancelled")
        arrives = stay is None or (
            policy.by_group and not over and moment.assignment_group != stay.started.assignment_group
        )
        if arrives:
            self._leave(moment, "group")
            self._answered = False
        self._answered = self._answered or (self._measure == "respond" and responds(policy, moment))
        step = Step(moment, "done" if self._answered else course(policy, moment))
        asks = arrives or not (over or self._answered)
        target = policy.target(self._measure, moment) if asks else None
        if asks and self._force is not None and self._force[0] != target:
            self._leave(moment, "target")
        if stay is None or arrives:
            self._stay = Stay(self._calendar, step)
        else:
            stay.then(step)
        if target is not None and self._force is None:
            self._force = target, moment

    def current(self) -> Clock | None:
        """The clock that is in force, as it stands after the latest moment."""
        return None if self._force is None or self._stay is None else self._made(self._stay, *self._force)

    def clocks(self, since: int = 0) -> Iterator[Clock]:
        """Every clock but the first `since` that have ended, the one in force last."""
        yield from self.ended[since:]
        if (clock := self.current()) is not None:
            yield clock

    def _leave(self, moment: Moment, handing: Handing) -> None:
        """The clock that is in force, if any, ends at this moment."""
        if self._force is not None and self._stay is not None:
            self.ended.append(self._made(self._stay, *self._force, moment, handing))
            self._force = None

    def _made(
        self,
        stay: Stay,
        target: Target,
        attached: Moment,
        closing: Moment | None = None,
        handing: Handing | None = None,
    ) -> Clock:
        """The clock of one target, closed by a moment where `handing` says so."""
        last = stay.last.course
        state: State
        ending: Ending | None
        if closing is not None and handing == "target":
            state, ending, view = "cancelled", "target_changed", stay.until(closing)
        elif last == "done":
            state, ending, view = "completed", STOPS[self._measure], stay.at_rest()
        elif last == "cancelled":
            state, ending, view = "cancelled", "record_cancelled", stay.at_rest()
        elif closing is not None:
            state, ending, view = "completed", "group_changed", stay.until(closing)
        else:
            state, ending, view = last, None, stay.going_on()
        marks = tuple(thresholds(self.policy, target, stay, view, attached.at))
        ended_at = view.ended_by.at if view.ended_by else None
        handed_on = ended_at if ending == "group_changed" else None
        return Clock(
            self.policy,
            self._calendar,
            self._measure,
            target,
            state,
            stay.started.at,
            attached.at,
            attached,
            view.intervals,
            marks,
            marks[-1].due_at,
            ended_at,
            view.ended_by,
            ending,
            stay.first_done or handed_on,
            *stay.ran(view),
        )


def thresholds(
    policy: Policy, target: Target, stay: Stay, view: View, attached_at: datetime
) -> Iterator[Threshold]:
    """The thresholds in rising order, the last at 100 per cent."""
    ended_at = view.ended_by.at if view.ended_by else None
    dues = [(percent, target.us * percent // 100) for percent in policy.thresholds]
    known = [(percent, counts, stay.deadline(view, counts)) for percent, counts in dues]
    late = max((p for p, _, due in known if due is not None and due < attached_at), default=None)
    for percent, counts, due in known:
        fires = None
        if due is not None and (due >= attached_at or percent == late):
            fires = stay.resumed(view, max(due, attached_at))
            if ended_at is not None and fires >= ended_at:
                fires = None
        business = None if fires is None else counts if fires == due else stay.counted(view, fires)
        yield Threshold(percent, due, fires, business)


def lines(history: History, policies: Iterable[Policy], calendars: Iterable[Calendar]) -> list[Line]:
    """The lines of the versions that govern a record, by policy key and measure, before its first moment.

    `policies` and `calendars` are all known versions. A policy whose calendar is not known has no clock:
    `without_calendar` names it.
    """
    open_times = pinned(calendars, history.opened_at, history.known_at)
    agreed = pinned(policies, history.opened_at, history.known_at)
    return [
        Line(policy, open_times[policy.calendar], measure)
        for _, policy in sorted(agreed.items())
        if policy.calendar in open_times
        for measure in MEASURED[history.resource]
        if measure in policy.measures
    ]


def clocks(history: History, policies: Iterable[Policy], calendars: Iterable[Calendar]) -> tuple[Clock, ...]:
    """Every clock that the record has or had, by policy key, measure and attachment; see `lines`."""
    found = lines(history, policies, calendars)
    for moment in history.steps():
        for line in found:
            line.then(moment)
    return tuple(clock for line in found for clock in line.clocks())


def without_calendar(
    history: History, policies: Iterable[Policy], calendars: Iterable[Calendar]
) -> tuple[Policy, ...]:
    """The policies that would govern the record, had their calendar been known at its opening."""
    open_times = pinned(calendars, history.opened_at, history.known_at)
    agreed = pinned(policies, history.opened_at, history.known_at)
    return tuple(policy for _, policy in sorted(agreed.items()) if policy.calendar not in open_times)

"""SLA clocks: a pure function of a record's history and the versions of policies and calendars.

Nothing here depends on the time of asking; `itsm_sla.reading` tells what a clock shows at a moment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from itsm_sla.calendar import Calendar
from itsm_sla.course import ENDED, intervals
from itsm_sla.interval import Interval, deadline
from itsm_sla.moment import History, Moment
from itsm_sla.policy import MEASURED, Measure, Policy, Target
from itsm_sla.stint import Step, Stint, stints
from itsm_sla.version import pinned

State = Literal["running", "paused", "completed", "cancelled"]
Ending = Literal["responded", "resolved", "fulfilled", "group_changed", "target_changed", "record_cancelled"]

STOPS: dict[Measure, Ending] = {"respond": "responded", "resolve": "resolved", "fulfil": "fulfilled"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of the target.

    - due_at: when the clock reaches it (for an ended clock: would have reached it, had it run on);
      None while paused before it
    - fires_at: when its event is dated; None where it is never reached, or was passed already when the
      clock attached and a higher one was too
    """

    percent: int
    due_at: datetime | None
    fires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Clock:
    """One target of one policy for one record.

    - started_at: from when time counts; attached_by: the event that put the target in force, which is
      later where a change of priority or service brought it, retroactively
    - ended_at, ended_by, ending: its end, and which of the possible ones; None while it goes on
    - first_completed_at: the first of several completions of a record that was reopened
    - due_at: the deadline; None while paused before it
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

    @property
    def identity(self) -> tuple[str, Measure, int]:
        """Tells the clocks of a record apart, whatever the versions: policy, measure, attaching sequence."""
        return self.policy.key, self.measure, self.attached_by.sequence


def clocks(history: History, policies: Iterable[Policy], calendars: Iterable[Calendar]) -> tuple[Clock, ...]:
    """Every clock that the record has or had, by policy key, measure and attachment.

    `policies` and `calendars` are all known versions; those that govern the record are chosen here. A
    policy whose calendar is not known has no clock: `without_calendar` names it.
    """
    steps = history.steps()
    if not steps:
        return ()
    open_times = pinned(calendars, history.opened_at, history.known_at)
    agreed = pinned(policies, history.opened_at, history.known_at)
    return tuple(
        made(policy, open_times[policy.calendar], measure, walk, stint)
        for _, policy in sorted(agreed.items())
        if policy.calendar in open_times
        for measure in MEASURED[history.resource]
        if measure in policy.measures
        for walk, found in (stints(policy, measure, steps),)
        for stint in found
    )


def without_calendar(
    history: History, policies: Iterable[Policy], calendars: Iterable[Calendar]
) -> tuple[Policy, ...]:
    """The policies that would govern the record, had their calendar been known at its opening."""
    open_times = pinned(calendars, history.opened_at, history.known_at)
    agreed = pinned(policies, history.opened_at, history.known_at)
    return tuple(policy for _, policy in sorted(agreed.items()) if policy.calendar not in open_times)


def made(policy: Policy, calendar: Calendar, measure: Measure, walk: Sequence[Step], stint: Stint) -> Clock:
    """The clock of one stint."""
    attached = walk[stint.attached].moment
    steps = walk[stint.since : stint.until]
    closing = None if stint.until is None else walk[stint.until].moment
    last = steps[-1].course
    rest = next((n for n in range(len(steps), 0, -1) if steps[n - 1].course != last), 0)
    over = steps
    state: State
    ending: Ending | None
    if stint.closed_by == "target":
        state, ending, ended_by = "cancelled", "target_changed", closing
    elif last == "done":
        state, ending, ended_by = "completed", STOPS[measure], steps[rest].moment
        over = steps[:rest]
    elif last == "cancelled":
        state, ending, ended_by = "cancelled", "record_cancelled", steps[rest].moment
        over = steps[:rest]
    elif stint.closed_by == "group":
        state, ending, ended_by = "completed", "group_changed", closing
    else:
        state, ending, ended_by = last, None, None
    spans = intervals(calendar, over, ended_by)
    ended_at = ended_by.at if ended_by else None
    handed_on = ended_at if ending == "group_changed" else None
    marks = thresholds(policy, calendar, stint.target, spans, attached.at, ended_at)
    return Clock(
        policy,
        calendar,
        measure,
        stint.target,
        state,
        steps[0].moment.at,
        attached.at,
        attached,
        spans,
        marks,
        marks[-1].due_at,
        ended_at,
        ended_by,
        ending,
        next((step.moment.at for step in steps if step.course == "done"), handed_on),
    )


def thresholds(
    policy: Policy,
    calendar: Calendar,
    target: Target,
    spans: Sequence[Interval],
    attached_at: datetime,
    ended_at: datetime | None,
) -> tuple[Threshold, ...]:
    """The thresholds in rising order, the last at 100 per cent."""
    dues = [
        (percent, deadline(calendar, spans, target.us * percent // 100, ended_at))
        for percent in policy.thresholds
    ]
    late = max((p for p, due in dues if due is not None and due < attached_at), default=None)
    marks = []
    for percent, due in dues:
        fires = None
        if due is not None and (due >= attached_at or percent == late):
            fires = resumed(spans, max(due, attached_at))
            if ended_at is not None and fires >= ended_at:
                fires = None
        marks.append(Threshold(percent, due, fires))
    return tuple(marks)


def resumed(spans: Sequence[Interval], at: datetime) -> datetime:
    """When a threshold that is due at an instant fires: then, unless the record ended at the same instant.

    In that case it was in time, and is passed only once the record is reopened.
    """
    for each in spans:
        if each.start == at and each.why in ENDED and each.end is not None:
            at = each.end
    return at

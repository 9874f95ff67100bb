"""The definition of a clock, written plainly: everything is counted anew from the whole history each time.

The engine counts step by step and must come to the same, after every moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from itsm_sla.business_time import due, elapsed
from itsm_sla.calendar import Calendar
from itsm_sla.clock import STOPS, Clock, Ending, Handing, State, Threshold
from itsm_sla.instant import between
from itsm_sla.interval import Interval, Kind
from itsm_sla.moment import History, Moment
from itsm_sla.policy import MEASURED, Measure, Policy, Target
from itsm_sla.step import ENDED, Step, course, responds
from itsm_sla.version import pinned


@dataclass(slots=True)
class Stint:
    """A target in force: counted from steps[since], in force from steps[attached] until steps[until]."""

    target: Target
    since: int
    attached: int
    until: int | None = None
    closed_by: Handing | None = None


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


def stints(policy: Policy, measure: Measure, moments: Sequence[Moment]) -> tuple[list[Step], list[Stint]]:
    """What each moment means to this policy's clocks, and the stints of its targets, in order."""
    steps: list[Step] = []
    found: list[Stint] = []
    current: Stint | None = None
    since, answered = 0, False
    for index, moment in enumerate(moments):
        ended = moment.phase in ("done", "cancelled")
        arrives = index == 0 or (
            policy.by_group and not ended and moment.assignment_group != moments[since].assignment_group
        )
        if arrives:
            since, answered = index, False
            leave(current, index, "group")
            current = None
        answered = answered or (measure == "respond" and responds(policy, moment))
        steps.append(Step(moment, "done" if answered else course(policy, moment)))
        if (ended or answered) and not arrives:
            continue
        target = policy.target(measure, moment)
        if current is not None and target != current.target:
            leave(current, index, "target")
            current = None
        if current is None and target is not None:
            current = Stint(target, since, index)
            found.append(current)
    return steps, found


def leave(current: Stint | None, index: int, closed_by: Handing) -> None:
    """The stint that lasts, if any, ends at this step."""
    if current is not None:
        current.until, current.closed_by = index, closed_by


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
        sum(between(each.start, each.end) for each in spans if each.kind == "running" and each.end),
        sum(each.business or 0 for each in spans if each.kind == "running"),
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
    late = max((p for p, falls in dues if falls is not None and falls < attached_at), default=None)
    marks = []
    for percent, falls in dues:
        fires = None
        if falls is not None and (falls >= attached_at or percent == late):
            fires = resumed(spans, max(falls, attached_at))
            if ended_at is not None and fires >= ended_at:
                fires = None
        business = None if fires is None else counted(calendar, spans, fires)
        marks.append(Threshold(percent, falls, fires, business))
    return tuple(marks)


def counted(calendar: Calendar, spans: Sequence[Interval], at: datetime) -> int:
    """The open time of the running intervals before an instant."""
    ran = [each for each in spans if each.kind == "running" and each.start < at]
    return sum(elapsed(calendar, each.start, min(at, each.end or at)) for each in ran)


def resumed(spans: Sequence[Interval], at: datetime) -> datetime:
    """When a threshold that is due at an instant fires: then, unless the record ended at the same instant.

    In that case it was in time, and is passed only once the record is reopened.
    """
    for each in spans:
        if each.start == at and each.why in ENDED and each.end is not None:
            at = each.end
    return at


def intervals(calendar: Calendar, steps: Sequence[Step], ended_by: Moment | None) -> tuple[Interval, ...]:
    """The clock's intervals over its steps, until the moment that ended it or without an end.

    A new one begins when it stops or goes on, when the reason of a pause changes, and when the group
    does. Those without length are left out.
    """
    return tuple(stretches(calendar, steps, ended_by)) if steps else ()


def stretches(calendar: Calendar, steps: Sequence[Step], ended_by: Moment | None) -> Iterator[Interval]:
    """The same, one by one."""
    first = steps[0]
    for step in steps[1:]:
        if step.standing != first.standing:
            if step.moment.at > first.moment.at:
                yield stretch(calendar, first, step.moment)
            first = step
    if ended_by is None or ended_by.at > first.moment.at:
        yield stretch(calendar, first, ended_by)


def stretch(calendar: Calendar, first: Step, by: Moment | None) -> Interval:
    """The interval that a step began, closed by a moment or still open."""
    moment, why = first.moment, first.reason
    kind: Kind = "running" if why is None else "paused"
    if by is None:
        return Interval(kind, why, moment.assignment_group, moment.at, moment)
    open_time = elapsed(calendar, moment.at, by.at)
    return Interval(kind, why, moment.assignment_group, moment.at, moment, by.at, by, open_time)


def deadline(
    calendar: Calendar, intervals: Iterable[Interval], target: int, resumed: datetime | None
) -> datetime | None:
    """The least t at which the running intervals hold `target` microseconds of open time.

    Beyond them it runs on from `resumed`; None where that is None, that is while the clock is paused.
    """
    left = target
    for each in intervals:
        if each.kind == "running":
            if each.business is None or each.business >= left:
                return due(calendar, each.start, left)
            left -= each.business
    return None if resumed is None else due(calendar, resumed, left)

"""The steps of a clock as intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from itsm_sla.business_time import elapsed
from itsm_sla.calendar import Calendar
from itsm_sla.interval import Interval, Kind
from itsm_sla.moment import Moment
from itsm_sla.stint import Step

ENDED: Final = frozenset({"resolved", "cancelled"})
"""Why a clock stood still between an end and a reopening."""


def intervals(calendar: Calendar, steps: Sequence[Step], ended_by: Moment | None) -> tuple[Interval, ...]:
    """The clock's intervals over its steps, until the moment that ended it or without an end.

    A new one begins when it stops or goes on, when the reason of a pause changes, and when the group
    does. Those without length are left out.
    """
    return tuple(stretches(calendar, steps, ended_by)) if steps else ()


def stretches(calendar: Calendar, steps: Sequence[Step], ended_by: Moment | None) -> Iterator[Interval]:
    """The same, one by one."""
    current = begun(steps[0])
    for step in steps[1:]:
        following = begun(step)
        if (following.kind, following.why, following.group) != (current.kind, current.why, current.group):
            if following.start > current.start:
                yield ended(calendar, current, step.moment)
            current = following
    if ended_by is None:
        yield current
    elif ended_by.at > current.start:
        yield ended(calendar, current, ended_by)


def begun(step: Step) -> Interval:
    """The interval that this step would begin."""
    moment = step.moment
    kind: Kind = "running" if step.course == "running" else "paused"
    return Interval(kind, reason(step), moment.assignment_group, moment.at, moment)


def reason(step: Step) -> str | None:
    """What pauses a clock at this step."""
    if step.course == "running":
        return None
    if step.course == "paused":
        return step.moment.hold_reason or "hold"
    return "cancelled" if step.course == "cancelled" else "resolved"


def ended(calendar: Calendar, interval: Interval, by: Moment) -> Interval:
    """The interval, closed by a moment."""
    return replace(interval, end=by.at, ended_by=by, business=elapsed(calendar, interval.start, by.at))

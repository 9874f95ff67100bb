"""The steps of a clock as intervals."""

from collections.abc import Iterator, Sequence
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
    first = steps[0]
    for step in steps[1:]:
        if standing(step) != standing(first):
            if step.moment.at > first.moment.at:
                yield stretch(calendar, first, step.moment)
            first = step
    if ended_by is None or ended_by.at > first.moment.at:
        yield stretch(calendar, first, ended_by)


def standing(step: Step) -> tuple[str | None, str | None]:
    """What tells one interval from the next: why it is paused, if it is, and the group."""
    return reason(step), step.moment.assignment_group


def reason(step: Step) -> str | None:
    """What pauses a clock at this step; None where it runs."""
    if step.course == "running":
        return None
    if step.course == "paused":
        return step.moment.hold_reason or "hold"
    return "cancelled" if step.course == "cancelled" else "resolved"


def stretch(calendar: Calendar, first: Step, by: Moment | None) -> Interval:
    """The interval that a step began, closed by a moment or still open."""
    moment, why = first.moment, reason(first)
    kind: Kind = "running" if why is None else "paused"
    if by is None:
        return Interval(kind, why, moment.assignment_group, moment.at, moment)
    open_time = elapsed(calendar, moment.at, by.at)
    return Interval(kind, why, moment.assignment_group, moment.at, moment, by.at, by, open_time)

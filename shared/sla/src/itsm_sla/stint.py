"""From which event to which a target governs a record.

What one event does to a clock is judged in this order: stop, reset, cancel, pause, resume. So an event that
resolves a record and changes its priority at once completes the clock of the old priority, and one that
answers and holds at once completes the response.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from itsm_sla.moment import STARTED, Moment
from itsm_sla.policy import Measure, Policy, Target

Course = Literal["running", "paused", "done", "cancelled"]
Handing = Literal["group", "target"]


class Step(NamedTuple):
    """A moment, and what it means to the clocks of one policy and measure."""

    moment: Moment
    course: Course


@dataclass(slots=True)
class Stint:
    """A target in force: counted from steps[since], in force from steps[attached] until steps[until].

    `closed_by` says what ends it before the record does: the record leaves the `group`, or another
    `target` (or none) takes its place.
    """

    target: Target
    since: int
    attached: int
    until: int | None = None
    closed_by: Handing | None = None


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


def responds(policy: Policy, moment: Moment) -> bool:
    """Whether somebody has taken the record up; within a group that is a person who is assigned."""
    return moment.assignee is not None or (not policy.by_group and moment.status in STARTED)


def course(policy: Policy, moment: Moment) -> Course:
    """What a moment means to a clock that has not been answered for good."""
    phase = moment.phase
    if phase == "held":
        return "paused" if policy.paused_by(moment) else "running"
    return "running" if phase == "open" else phase

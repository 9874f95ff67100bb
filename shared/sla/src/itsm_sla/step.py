"""What one event of a record means to the clocks of a policy and measure.

It is judged in this order: stop, reset, cancel, pause, resume. So an event that resolves a record and changes
its priority at once completes the clock of the old priority, and one that answers and holds at once
completes the response.
"""

from typing import Final, Literal, NamedTuple

from itsm_sla.moment import STARTED, Moment
from itsm_sla.policy import Policy

Course = Literal["running", "paused", "done", "cancelled"]

ENDED: Final = frozenset({"resolved", "cancelled"})
"""Why a clock stood still between an end and a reopening."""


class Step(NamedTuple):
    """A moment, and what it means to the clocks of one policy and measure."""

    moment: Moment
    course: Course

    @property
    def reason(self) -> str | None:
        """What pauses a clock at this step; None where it runs."""
        if self.course == "running":
            return None
        if self.course == "paused":
            return self.moment.hold_reason or "hold"
        return "cancelled" if self.course == "cancelled" else "resolved"

    @property
    def standing(self) -> tuple[str | None, str | None]:
        """What tells one interval from the next: why it is paused, if it is, and the group."""
        return self.reason, self.moment.assignment_group


def responds(policy: Policy, moment: Moment) -> bool:
    """Whether somebody has taken the record up; within a group that is a person who is assigned."""
    return moment.assignee is not None or (not policy.by_group and moment.status in STARTED)


def course(policy: Policy, moment: Moment) -> Course:
    """What a moment means to a clock that has not been answered for good."""
    phase = moment.phase
    if phase == "held":
        return "paused" if policy.paused_by(moment) else "running"
    return "running" if phase == "open" else phase

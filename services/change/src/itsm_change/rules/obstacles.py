"""What stands before `scheduled`: a list of pure checks, each of which names what it finds.

A new kind of obstacle is a function in CHECKS; what it has to know beside the change is a field of
Surroundings, loaded by commands/surroundings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from itsm_change.rules.accepting import Judged
from itsm_change.rules.approval import Step
from itsm_change.rules.change import Change
from itsm_change.rules.templates import Standing


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a change cannot be scheduled; `code` is for programs."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Risen:
    """The band that was approved, a higher one that is true now, and the policy that would decide for it."""

    approved: str
    band: str
    policy: str | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside the change itself: the steps of its approval, and where its template stands."""

    steps: tuple[Step, ...] = ()
    template: Standing | None = None
    conflicts: tuple[Judged, ...] = ()
    risen: Risen | None = None


def missing_approvals(change: Change, around: Surroundings) -> list[Obstacle]:
    """A normal or emergency change needs every step accepted."""
    if change.change_type == "standard" or change.approval == "approved":
        return []
    waiting = [step for step in around.steps if step.status == "pending"]
    if not waiting:
        return [Obstacle("approval_missing", "Nobody has approved the change.")]
    return [
        Obstacle("approval_missing", f"The approval of {step.group} (step {step.step}) is pending.")
        for step in waiting
    ]


def riskier_than_approved(change: Change, around: Surroundings) -> list[Obstacle]:
    """What was approved for a lower risk, of which others would decide now."""
    if change.approval != "approved" or around.risen is None:
        return []
    sentence = (
        f"Its risk is {around.risen.band} by now; it was approved while that was {around.risen.approved}, "
        f"and {around.risen.policy or 'no policy'} would decide now. An edit of its plan or time asks anew."
    )
    return [Obstacle("risk_risen", sentence)]


def template_not_preapproved(change: Change, around: Surroundings) -> list[Obstacle]:
    """A standard change is approved by its template, and only where it does what that says."""
    if change.change_type != "standard":
        return []
    if change.template is None or around.template is None:
        return [Obstacle("template_missing", "A standard change needs a template that is pre-approved.")]
    if (why := around.template.refusal()) is not None:
        return [Obstacle("template_not_preapproved", why)]
    if differing := around.template.differs(change):
        sentence = f"{', '.join(differing)}: not what the template {change.template} has approved."
        return [Obstacle("differs_from_template", sentence)]
    return []


def conflicts(_: Change, around: Surroundings) -> list[Obstacle]:
    """A freeze that does not exempt the change, and every conflict that nobody has accepted."""
    return [
        Obstacle("freeze" if each.conflict.kind == "freeze" else "conflict", each.conflict.why)
        for each in around.conflicts
        if each.blocks
    ]


def open_tasks(count: int) -> list[Obstacle]:
    """What stands before `closed`."""
    if not count:
        return []
    sentence = f"{count} of its tasks {'is' if count == 1 else 'are'} open: complete or cancel them first."
    return [Obstacle("open_tasks", sentence)]


Check = Callable[[Change, Surroundings], Sequence[Obstacle]]

CHECKS: Final[tuple[Check, ...]] = (
    missing_approvals,
    riskier_than_approved,
    template_not_preapproved,
    conflicts,
)


def obstacles(change: Change, around: Surroundings) -> list[Obstacle]:
    """Everything that stands in the way of scheduling the change now."""
    return [found for check in CHECKS for found in check(change, around)]

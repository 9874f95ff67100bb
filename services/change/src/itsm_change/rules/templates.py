"""Templates of standard changes: their history, and when it costs them their pre-approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from itsm_change.rules.change import Change

PLANS: Final = ("plan", "test_plan", "backout_plan")
"""What a template has approved, word by word, where it says anything."""

CONTENT: Final = (
    "title",
    "description",
    "service",
    "affected_services",
    "configuration_items",
    "assignment_group",
    *PLANS,
    "backout_tested",
)
"""What a change takes from its template, unless it says it itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A template as a change that uses it sees it: `outcomes` of its latest changes, True for failed."""

    key: str
    active: bool
    preapproved: bool
    history_size: int
    max_failure_rate: float
    outcomes: tuple[bool, ...]
    plans: Mapping[str, str]
    service: str | None = None
    affected_services: tuple[str, ...] = ()
    configuration_items: tuple[str, ...] = ()

    def differs(self, change: Change) -> list[str]:
        """The fields in which a change says otherwise than what was approved, or goes beyond it.

        Where the template names no service, or no item, it has left them open.
        """
        found = [name for name, words in self.plans.items() if getattr(change, name) != words]
        named = {self.service, *self.affected_services} - {None}
        if self.service is not None and change.service not in named:
            found.append("service")
        if named and not set(change.affected_services) <= named | {change.service}:
            found.append("affected_services")
        if self.configuration_items and not set(change.configuration_items) <= set(self.configuration_items):
            found.append("configuration_items")
        return sorted(found)

    def refusal(self) -> str | None:
        """Why it does not approve a change now, or None."""
        if not self.active:
            return f"The template {self.key} is not active."
        if not self.preapproved:
            return f"The template {self.key} is not pre-approved: request a normal change."
        if crossed(self.outcomes, self.history_size, self.max_failure_rate):
            failed = sum(self.outcomes)
            n = len(self.outcomes)
            return f"{failed} of the last {n} changes from {self.key} failed: it approves no more."
        return None


def crossed(outcomes: Sequence[bool], size: int, most: float) -> bool:
    """Whether more than the share `most` of the last `size` changes failed.

    The share is of `size` even while there are fewer: one failure of one is not yet a habit.
    """
    return sum(outcomes[:size]) > most * size

"""Templates of standard changes: their history, and when it costs them their pre-approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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

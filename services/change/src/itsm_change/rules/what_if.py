"""What other policies would have made of past changes, as far as the votes that were cast tell."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from itsm_change.rules.approval import Step, tally
from itsm_change.rules.change import Change, Criticality
from itsm_change.rules.policies import Policy, deciding

Outcome = Literal["approved", "rejected", "undecided", "no_policy"]


@dataclass(slots=True)
class Totals:
    """What is told at the end."""

    n: int = 0
    steps_differ: int = 0
    outcome_differs: int = 0
    policies: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    would_be: Counter[str] = field(default_factory=Counter)

    def count(self, line: dict[str, Any]) -> None:
        """One more change."""
        self.n += 1
        self.steps_differ += line["steps_differ"]
        self.outcome_differs += line["outcome_differs"]
        self.policies[line["policy"] or "none"] += 1
        self.outcomes[line["outcome"]] += 1
        self.would_be[line["would_be"]] += 1

    def form(self) -> dict[str, Any]:
        """In JSON's types."""
        numbers = {"n": self.n, "steps_differ": self.steps_differ, "outcome_differs": self.outcome_differs}
        counted = {"policies": self.policies, "outcomes": self.outcomes, "would_be": self.would_be}
        return numbers | {name: dict(counter) for name, counter in counted.items()}


def compared(
    change: Change, steps: Sequence[Step], policies: Iterable[Policy], criticality: Criticality | None
) -> dict[str, Any]:
    """One change: what was asked and came of it, and what these policies would have asked."""
    counted = [step for step in steps if step.status != "voided"]
    policy = deciding(policies, change, criticality)
    needed = policy.steps if policy else ()
    results = [result(each.rule, each.percentage, each.group, counted) for each in needed]
    would_be = verdict(results) if policy else "no_policy"
    outcome = {"approved": "approved", "rejected": "rejected"}.get(change.approval, "undecided")
    asked = [(step.group, step.rule, step.percentage) for step in counted]
    return {
        "id": change.id,
        "number": change.number,
        "change_type": change.change_type,
        "outcome": outcome,
        "asked": [{"group": group, "rule": rule, "percentage": share} for group, rule, share in asked],
        "policy": policy.key if policy else None,
        "steps": [asdict(each) | {"result": came} for each, came in zip(needed, results, strict=True)],
        "would_be": would_be,
        "steps_differ": asked != [(each.group, each.rule, each.percentage) for each in needed],
        "outcome_differs": would_be != outcome,
    }


def result(rule: Any, percentage: float | None, group: str, steps: Sequence[Step]) -> str:
    """What the votes of a group would come to under a rule; pending where nobody of it was asked."""
    found = [step for step in steps if step.group == group]
    if not found:
        return "pending"
    votes = {vote.voter: vote.decision for vote in found[-1].votes}
    return tally(rule, percentage, found[-1].voters, votes)


def verdict(results: Sequence[str]) -> Outcome:
    """What the steps come to together."""
    if "refused" in results:
        return "rejected"
    return "approved" if all(each == "accepted" for each in results) else "undecided"

"""Conflicts that somebody has accepted, and those that still stand in the way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from itsm_chassis.errors import Missing, Refused

from itsm_change.rules.conflicts import Conflict
from itsm_change.rules.interval import Interval


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Who accepted a conflict, when and why, and the time that they knew of."""

    by: str
    at: datetime
    reason: str
    period: Interval


@dataclass(frozen=True, slots=True)
class Judged:
    """A conflict of a change, and its acceptance where that covers it."""

    id: UUID
    conflict: Conflict
    accepted: Acceptance | None = None

    @property
    def blocks(self) -> bool:
        """Whether the change cannot be scheduled because of it; a freeze is accepted by nobody."""
        return self.conflict.kind == "freeze" or self.accepted is None

    def shown(self) -> dict[str, Any]:
        """As it is shown, with times as they are."""
        found = self.conflict
        accepted = self.accepted and {
            "by": self.accepted.by,
            "at": self.accepted.at,
            "reason": self.accepted.reason,
        }
        return {
            "id": self.id,
            "kind": found.kind,
            "other": {"kind": found.other_kind, "id": found.other_id, "reference": found.other},
            "through": [node._asdict() for node in found.through],
            "starts_at": found.period.start,
            "ends_at": found.period.end,
            "why": found.why,
            "blocks": self.blocks,
            "accepted": accepted,
        }


def judged(
    change: UUID, found: Iterable[Conflict], known: dict[tuple[UUID, str, UUID], Acceptance]
) -> list[Judged]:
    """Each conflict with the acceptance that covers it: its own, or that of the other change.

    `known` are acceptances by whose conflict it is, its kind, and with whom.
    """
    answer = []
    for each in found:
        own = known.get((change, each.kind, each.other_id)) or known.get((each.other_id, each.kind, change))
        covers = own is not None and within(each.period, own.period)
        answer.append(Judged(each.identity(change), each, own if covers else None))
    return answer


def within(inner: Interval, outer: Interval) -> bool:
    """Whether an interval lies inside another."""
    return outer.start <= inner.start and inner.end <= outer.end


def acceptable(found: Iterable[Judged], identity: UUID) -> Judged:
    """The conflict of this id; Missing where there is none (any more), Refused where nobody may accept it."""
    one = next((each for each in found if each.id == identity), None)
    if one is None:
        raise Missing("conflict")
    if one.conflict.kind == "freeze":
        raise Refused(
            "freeze_stands",
            f"A freeze is not accepted: have the change exempted by its number in {one.conflict.other}, "
            "or plan it for another time.",
        )
    if one.accepted is not None:
        raise Refused("already_accepted", f"{one.accepted.by} has accepted it already.")
    return one

"""The history of a record, as its clocks need it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final, Literal

Resource = Literal["incident", "request"]
Phase = Literal["open", "held", "done", "cancelled"]

PHASES: Final[dict[str, Phase]] = {
    "new": "open",
    "in_progress": "open",
    "on_hold": "held",
    "resolved": "done",
    "closed": "done",
    "cancelled": "cancelled",
    "submitted": "open",
    "awaiting_approval": "open",
    "approved": "open",
    "in_fulfilment": "open",
    "fulfilled": "done",
    "rejected": "cancelled",
}
"""What a state means to a clock, for incidents and service requests."""

STARTED: Final = frozenset({"in_progress", "resolved", "closed", "in_fulfilment", "fulfilled"})
"""States that say that somebody has taken the record up."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A record's state after one event; `sequence` is the record's version, `at` when it happened."""

    event: str
    sequence: int
    at: datetime
    status: str
    hold_reason: str | None = None
    priority: str | None = None
    service: str | None = None
    assignment_group: str | None = None
    assignee: str | None = None

    @property
    def phase(self) -> Phase:
        """What its state means to a clock; KeyError for a state that PHASES does not know."""
        return PHASES[self.status]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one record, in any order and any number of times.

    `known_at` is when the record was stored or last recomputed: see `itsm_sla.version.pinned`.
    """

    opened_at: datetime
    moments: tuple[Moment, ...]
    resource: Resource = "incident"
    known_at: datetime | None = None

    def then(self, *moments: Moment) -> "History":
        """The history with more moments."""
        return replace(self, moments=(*self.moments, *moments))

    def steps(self) -> tuple[Moment, ...]:
        """Its moments in the order of their sequence, each once, at times that never go back.

        Of two rivals for a sequence that with the lower event id counts, so that it does not matter
        which came first. A moment dated before its predecessor counts as of the predecessor. Where the
        first one is later than the opening, the record was new until then.
        """
        ordered = inorder(self.moments)
        if not ordered:
            return ()
        first, clock = ordered[0], self.opened_at
        steps: list[Moment] = []
        if first.at > clock:
            steps.append(replace(first, at=clock, status="new", hold_reason=None, assignee=None))
        for each in ordered:
            clock = max(clock, each.at)
            steps.append(each if each.at == clock else replace(each, at=clock))
        return tuple(steps)


def inorder(moments: Iterable[Moment]) -> list[Moment]:
    """One moment per sequence, in order."""
    ordered = sorted(moments, key=lambda each: (each.sequence, each.event))
    return [next(same) for _, same in groupby(ordered, key=lambda each: each.sequence)]

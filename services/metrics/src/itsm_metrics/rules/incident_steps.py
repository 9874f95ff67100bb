"""An incident's events as steps: only what its figures need, in the order of the record's versions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Place

OPEN = frozenset({"new", "in_progress", "on_hold"})
"""States that count as backlog; leaving any other state for one of these is a reopening."""


class Step(NamedTuple):
    """The incident after one event. `sequence` 0 is the opening itself, before any event."""

    sequence: int
    event: str
    time: datetime
    status: str
    priority: str
    service: str | None
    assignment_group: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    deviations: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.status in OPEN


class Walk(NamedTuple):
    """One incident's steps, its opening first; `turns` are the steps that changed its state."""

    steps: list[Step]
    turns: list[tuple[Step, Step]]
    contested: frozenset[int]
    """Versions that more than one event claims."""

    @property
    def start(self) -> Step:
        """The opening."""
        return self.steps[0]

    def place(self, step: Step) -> Place:
        """Where the incident stood at a step; its priority is that at opening."""
        return Place(self.start.priority, step.service, step.assignment_group)


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    acknowledged = state.get("acknowledged_at")
    return Step(
        said["sequence"],
        said["id"],
        datetime.fromisoformat(said["time"]),
        state["status"],
        state["priority"],
        state.get("service"),
        state.get("assignment_group"),
        datetime.fromisoformat(state["opened_at"]),
        datetime.fromisoformat(acknowledged) if acknowledged else None,
        tuple(state.get("deviations") or ()),
    )


def walk(steps: Iterable[Step]) -> Walk:
    """The steps in the order of versions, each version once; there must be at least one.

    Which of two rivals for a version counts depends on their ids alone, never on which came first.
    The opening is put before the first step, so a record whose first event has not come yet is
    known to have been open since it was opened.
    """
    ordered = sorted(steps)
    first = ordered[0]
    history = [
        first._replace(sequence=0, time=first.opened_at, status="new", acknowledged_at=None, deviations=())
    ]
    contested: set[int] = set()
    for each in ordered:
        if each.sequence != history[-1].sequence:
            history.append(each)
        elif each.event != history[-1].event:
            contested.add(each.sequence)
    turns = [(before, after) for before, after in pairwise(history) if before.status != after.status]
    return Walk(history, turns, frozenset(contested))

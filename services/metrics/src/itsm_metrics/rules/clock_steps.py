"""An SLA clock's events as steps: only what its figures need, in the order of its versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Place
from itsm_metrics.rules.walk import moment

SECOND = 1_000_000


class Step(NamedTuple):
    """The clock after one event; `business` is open time without pauses, in microseconds."""

    sequence: int
    event: str
    state: str
    ending: str | None
    breached: bool
    kind: str
    measure: str
    policy: str
    due_at: datetime | None
    ended_at: datetime | None
    first_completed_at: datetime | None
    business: int
    priority: str | None
    priority_at_opening: str | None
    service: str | None
    assignment_group: str | None

    @property
    def place(self) -> Place:
        """Where the record stood at this step."""
        return Place(self.priority, self.service, self.assignment_group)

    @property
    def place_of_opening(self) -> Place:
        """The same, with the priority at opening, by which the figures of incidents go."""
        return self.place._replace(priority=self.priority_at_opening)

    @property
    def detail(self) -> str:
        """What tells clocks apart, word by word: kind, measure, policy, priority at opening."""
        return f"{self.kind} {self.measure} {self.policy} {self.priority_at_opening or ''}".rstrip()


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    return Step(
        said["sequence"],
        said["id"],
        state["state"],
        state.get("ending"),
        state["breached"],
        state["kind"],
        state["measure"],
        state["policy"],
        moment(state.get("due_at")),
        moment(state.get("ended_at")),
        moment(state.get("first_completed_at")),
        round(state["business_s"] * SECOND),
        state.get("priority"),
        state.get("priority_at_opening"),
        state.get("service"),
        state.get("assignment_group"),
    )

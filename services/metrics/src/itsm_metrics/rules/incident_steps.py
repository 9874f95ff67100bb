"""An incident's events as steps: only what its figures need."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Place
from itsm_metrics.rules.walk import moment, said_at

OPEN = frozenset({"new", "in_progress", "on_hold"})
"""States that count as backlog; leaving any other state for one of these is a reopening."""


class Step(NamedTuple):
    """The incident after one event; from `down_at` until `up_at` its service was fully down."""

    sequence: int
    event: str
    time: datetime
    status: str
    priority: str
    category: str | None
    service: str | None
    assignment_group: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    down_at: datetime | None
    up_at: datetime | None
    deviations: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.status in OPEN

    def began(self) -> "Step":
        """Its opening."""
        return self._replace(
            sequence=0, time=self.opened_at, status="new", acknowledged_at=None, deviations=()
        )

    def place(self, start: "Step") -> Place:
        """Where the incident stood; its priority is that at opening."""
        return Place(start.priority, self.service, self.assignment_group)


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    opened_at = datetime.fromisoformat(state["opened_at"])
    down_at, up_at = full_outage(state, opened_at) if state.get("outage") else (None, None)
    return Step(
        said["sequence"],
        said["id"],
        said_at(said),
        state["status"],
        state["priority"],
        state.get("category"),
        state.get("service"),
        state.get("assignment_group"),
        opened_at,
        moment(state.get("acknowledged_at")),
        down_at,
        up_at,
        tuple(state.get("deviations") or ()),
    )


def full_outage(state: Mapping[str, Any], opened_at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when until when it was full; absent times are the opening and the end of the incident."""
    stated = state["outage"]
    if stated["degree"] != "full":
        return None, None
    ended = stated.get("ended_at") or state.get("resolved_at") or state.get("closed_at")
    over = ended if stated.get("ended_at") or state["status"] not in OPEN else None
    return moment(stated.get("started_at")) or opened_at, moment(over)

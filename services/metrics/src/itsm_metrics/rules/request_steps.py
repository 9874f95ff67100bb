"""A service request's events as steps: only what its figures need."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Place
from itsm_metrics.rules.walk import said_at

OPEN = frozenset({"submitted", "awaiting_approval", "approved", "in_fulfilment", "on_hold"})
"""States that count as backlog."""
SECOND = 1_000_000


class Step(NamedTuple):
    """The request after one event; `business` is the open time until its last fulfilment, in microseconds."""

    sequence: int
    event: str
    time: datetime
    status: str
    offering: str
    service: str | None
    business_unit: str | None
    submitted_at: datetime
    on_time: bool | None
    business: int | None
    deviations: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.status in OPEN

    def began(self) -> "Step":
        """Its submission."""
        return self._replace(sequence=0, time=self.submitted_at, status="submitted", deviations=())

    def place(self, _start: "Step") -> Place:
        """Where the request stood."""
        return Place(service=self.service, offering=self.offering, business_unit=self.business_unit)

    @property
    def promptness(self) -> str | None:
        """`true` or `false`, where there was a due date."""
        return None if self.on_time is None else str(self.on_time).lower()


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    business = state.get("business_s")
    return Step(
        said["sequence"],
        said["id"],
        said_at(said),
        state["status"],
        state["offering"],
        state.get("service"),
        state.get("business_unit"),
        datetime.fromisoformat(state["submitted_at"]),
        state.get("on_time"),
        None if business is None else round(business * SECOND),
        tuple(state.get("deviations") or ()),
    )

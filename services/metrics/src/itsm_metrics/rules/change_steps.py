"""A change's events as steps: only what its figures need."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from itsm_metrics.rules.facts import Place
from itsm_metrics.rules.walk import moment, said_at

ENDED = frozenset({"closed", "cancelled"})


class Step(NamedTuple):
    """The change after one event."""

    sequence: int
    event: str
    time: datetime
    status: str
    change_type: str
    template: str | None
    requester: str | None
    service: str | None
    assignment_group: str | None
    requested_at: datetime
    implemented_at: datetime | None
    backed_out_at: datetime | None
    closed_at: datetime | None
    failed: bool
    reverts: bool
    unauthorized: bool
    deviations: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.status not in ENDED

    def began(self) -> "Step":
        """Its request."""
        return self._replace(sequence=0, time=self.requested_at, status="new", deviations=())

    def place(self, _start: "Step") -> Place:
        """Where the change stood."""
        return Place(service=self.service, assignment_group=self.assignment_group)

    @property
    def detail(self) -> str:
        """What tells changes apart, word by word: type, template, requester."""
        return f"{self.change_type} {self.template or ''} {self.requester or ''}".rstrip()


def step(said: Mapping[str, Any]) -> Step:
    """One event's envelope as a step."""
    state = said["data"]
    backed_out = bool(state.get("backed_out"))
    return Step(
        said["sequence"],
        said["id"],
        said_at(said),
        state["status"],
        state["change_type"],
        state.get("template"),
        state.get("requester"),
        state.get("service"),
        state.get("assignment_group"),
        datetime.fromisoformat(state["requested_at"]),
        moment(state.get("implemented_at")),
        moment(state.get("backed_out_at")) if backed_out else None,
        moment(state.get("closed_at")),
        backed_out or state.get("close_code") == "unsuccessful",
        state.get("reverts") is not None,
        bool(state.get("unauthorized")),
        tuple(state.get("deviations") or ()),
    )

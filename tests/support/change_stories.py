"""Changes and suspicions as metrics hears of them: stories told event by event."""

from typing import Any, Final, Self
from uuid import UUID

from itsm_events import Event, change, suspect
from support.incident_events import Story, at
from support.said_events import Told

SOURCE: Final = "/itsm/change"
CHANGES: Final[dict[str | None, type[Event]]] = {
    None: change.ChangeUpdated,
    "new": change.ChangeRequested,
    "assess": change.ChangeAssessmentStarted,
    "authorize": change.ChangeAuthorizationAsked,
    "scheduled": change.ChangeScheduled,
    "implement": change.ChangeImplementationStarted,
    "review": change.ChangeImplemented,
    "closed": change.ChangeClosed,
    "cancelled": change.ChangeCancelled,
}
SUSPECTS: Final[dict[str, type[Event]]] = {
    "suspected": suspect.SuspectRaised,
    "confirmed": suspect.SuspectConfirmed,
    "rejected": suspect.SuspectRejected,
    "withdrawn": suspect.SuspectWithdrawn,
}


class ChangeStory(Told):
    """A change; every `then` is its next event, so many minutes after the start."""

    def __init__(self, requested: float = 0, *, tenant: str = "acme", **state: Any) -> None:
        super().__init__(tenant, SOURCE)
        self.state = {"number": "CHG-000001", "title": "Disk", "change_type": "normal"}
        self.state |= {"requested_at": at(requested)} | state
        self.then(requested, "authorize" if state.get("unauthorized") else "new")

    def then(self, minutes: float, status: str | None = None, **changes: Any) -> Self:
        """Something happened; `deviations` are of this event alone."""
        self.state.pop("deviations", None)
        if status == "review":
            changes = {"implemented_at": at(minutes)} | changes
        elif status == "closed":
            changes = {"closed_at": at(minutes), "close_code": "successful"} | changes
        return self.say(CHANGES[status], at(minutes), status=status or self.state["status"], **changes)

    def backed_out(self, minutes: float) -> Self:
        """It was undone."""
        undone: dict[str, Any] = {"backed_out": True, "backed_out_at": at(minutes)}
        return self.say(change.ChangeBackedOut, at(minutes), **undone)


class SuspicionStory(Told):
    """What is said of a change and an incident."""

    def __init__(self, made: ChangeStory, trouble: Story | UUID, opened: float = 0, state: str = "") -> None:
        super().__init__(made.tenant, SOURCE)
        incident = trouble if isinstance(trouble, UUID) else trouble.subject
        opened_at = at(opened) if isinstance(trouble, UUID) else trouble.state["opened_at"]
        self.state = {
            "change": str(made.subject),
            "change_number": made.state["number"],
            "change_title": made.state["title"],
            "change_type": made.state["change_type"],
            "incident": str(incident),
            "incident_number": "INC-000001",
            "opened_at": opened_at,
            "model": "1",
        }
        self.then(opened, state or "suspected")

    def then(self, minutes: float, state: str) -> Self:
        """Another word on it."""
        return self.say(SUSPECTS[state], at(minutes), state=state)

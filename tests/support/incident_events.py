"""Incidents as metrics hears of them: stories told event by event, true to the registered classes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.ids import new_id
from itsm_events import Envelope, incident
from itsm_events.incident import IncidentEvent

START = datetime(2026, 3, 2, 8, tzinfo=UTC)

CLASSES: dict[str, type[IncidentEvent]] = {
    "new": incident.IncidentOpened,
    "in_progress": incident.IncidentStarted,
    "on_hold": incident.IncidentHeld,
    "resolved": incident.IncidentResolved,
    "closed": incident.IncidentClosed,
    "cancelled": incident.IncidentCancelled,
}


def at(minutes: float) -> datetime:
    """So many minutes after the stories' start."""
    return START + timedelta(minutes=minutes)


class Story:
    """One incident; every `then` is its next event, with all that was said before still true."""

    def __init__(
        self, opened: float = 0, *, tenant: str = "acme", subject: UUID | None = None, **state: Any
    ) -> None:
        self.tenant = tenant
        self.subject = subject or new_id()
        self.sequence = 0
        self.told: list[Received] = []
        self.state: dict[str, Any] = {
            "number": "INC-000001",
            "title": "No mail",
            "status": "new",
            "impact": "medium",
            "urgency": "medium",
            "priority": "P3",
            "priority_matrix": "1",
            "opened_at": at(opened),
            **state,
        }
        self.then(opened)

    def then(self, minutes: float, status: str | None = None, **changes: Any) -> "Story":
        """Something happened so many minutes after the start; `deviations` are of this event alone."""
        odd = changes.pop("deviations", [])
        self.state |= changes
        if status:
            self.state["status"] = status
            if status in ("in_progress", "resolved") and not self.state.get("acknowledged_at"):
                self.state["acknowledged_at"] = at(minutes)
        kind = CLASSES[status] if status else incident.IncidentUpdated
        self.sequence += 1
        self.told.append(self.event(kind(**self.state, deviations=odd), self.sequence, at(minutes)))
        return self

    def event(self, said: IncidentEvent, sequence: int, time: datetime) -> Received:
        """The event as it comes off the bus."""
        envelope = Envelope(
            id=new_id(),
            source="/itsm/incident",
            type=said.type,
            subject=self.subject,
            sequence=sequence,
            time=time,
            recordedtime=time,
            tenant=self.tenant,
            actor="someone",
            data=said.public(self.tenant),
        )
        return decode(envelope.text().encode(), sequence)

    @property
    def envelopes(self) -> list[str]:
        """The messages' texts, in order."""
        return [event.body for event in self.told]


def altered(event: Received, **attributes: Any) -> Received:
    """Another event that differs from this one in some attributes, its id among them."""
    message = json.loads(event.body) | {"id": str(new_id())} | attributes
    return decode(json.dumps(message).encode(), event.position)

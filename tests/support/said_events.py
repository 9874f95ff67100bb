"""Requests, services, calendars and maintenance as metrics hears of them: stories told event by event."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self

from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.ids import new_id
from itsm_events import Envelope, Event, catalog, maintenance_window, service_request
from itsm_events.calendar import CalendarPublished
from support.incident_events import at

if TYPE_CHECKING:
    from uuid import UUID

REQUESTS: Final[dict[str | None, type[Event]]] = {
    None: service_request.ServiceRequestUpdated,
    "submitted": service_request.ServiceRequestSubmitted,
    "awaiting_approval": service_request.ServiceRequestApprovalAsked,
    "approved": service_request.ServiceRequestApproved,
    "rejected": service_request.ServiceRequestRejected,
    "in_fulfilment": service_request.ServiceRequestFulfilmentStarted,
    "on_hold": service_request.ServiceRequestHeld,
    "fulfilled": service_request.ServiceRequestFulfilled,
    "closed": service_request.ServiceRequestClosed,
    "cancelled": service_request.ServiceRequestCancelled,
}


class Told:
    """One record; what was said of it so far, and all its events."""

    def __init__(self, tenant: str = "acme", source: str = "/itsm/catalog") -> None:
        self.tenant = tenant
        self.source = source
        self.subject: UUID = new_id()
        self.told: list[Received] = []
        self.state: dict[str, Any] = {}

    def say(self, kind: type[Event], time: datetime, sequence: int | None = None, **changes: Any) -> Self:
        """Its next event, with all that was said before still true."""
        self.state |= changes
        said = kind.model_validate(self.state)
        envelope = Envelope(
            id=new_id(),
            source=self.source,
            type=said.type,
            subject=self.subject,
            sequence=sequence or len(self.told) + 1,
            time=time,
            recordedtime=time,
            tenant=self.tenant,
            actor="someone",
            data=said.public(self.tenant),
        )
        self.told.append(decode(envelope.text().encode(), len(self.told) + 1))
        return self

    @property
    def envelopes(self) -> list[str]:
        """The messages' texts, in order."""
        return [event.body for event in self.told]


class RequestStory(Told):
    """A service request; every `then` is its next event, so many minutes after the start."""

    def __init__(self, submitted: float = 0, *, tenant: str = "acme", **state: Any) -> None:
        super().__init__(tenant)
        self.state = {
            "number": "REQ-000001",
            "order": "ORD-000001",
            "offering": "laptop",
            "requester": "anna",
            "submitted_at": at(submitted),
            **state,
        }
        self.then(submitted, "submitted")

    def then(self, minutes: float, status: str | None = None, **changes: Any) -> Self:
        """Something happened."""
        return self.say(REQUESTS[status], at(minutes), status=status or self.state["status"], **changes)


class ServiceStory(Told):
    """A service that is live from so many minutes after the start on, unless it never was."""

    def __init__(self, key: str, live: float | None = 0, *, tenant: str = "acme", **state: Any) -> None:
        super().__init__(tenant)
        live_at = None if live is None else at(live)
        self.state = {"key": key, "name": key, "proposed_at": at(0), "live_at": live_at, **state}
        self.then(0 if live is None else live)

    def then(self, minutes: float, **changes: Any) -> Self:
        """Its terms changed."""
        status = "live" if self.state["live_at"] else "in_design"
        return self.say(catalog.ServiceUpdated, at(minutes), status=status, **changes)


class WindowStory(Told):
    """A maintenance window, announced so many minutes after the start."""

    def __init__(
        self,
        starts_at: datetime,
        ends_at: datetime,
        announced: float = 0,
        *,
        tenant: str = "acme",
        **state: Any,
    ) -> None:
        super().__init__(tenant, "/itsm/change")
        self.state = {"key": "window", "name": "Window", "zone": "UTC", "status": "active"}
        self.state |= {"starts_at": starts_at, "ends_at": ends_at, **state}
        self.then(announced)

    def then(self, minutes: float, **changes: Any) -> Self:
        """It was announced, or changed."""
        return self.say(maintenance_window.MaintenanceWindowUpdated, at(minutes), **changes)


class CalendarStory(Told):
    """A calendar, version by version."""

    def __init__(self, key: str, *, tenant: str = "acme") -> None:
        super().__init__(tenant)
        self.key = key

    def version(self, valid_from: datetime, **fields: Any) -> Self:
        """Its next version: zone, weekly, holidays."""
        known: dict[str, Any] = {"key": self.key, "name": self.key, "version": len(self.told) + 1}
        known |= {"valid_from": valid_from, "issued_at": at(0)}
        return self.say(CalendarPublished, at(0), **known, calendar=known | fields)

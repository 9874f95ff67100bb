"""Service requests, said by the catalog service; each event with the request's full state."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal[
    "submitted",
    "awaiting_approval",
    "approved",
    "rejected",
    "in_fulfilment",
    "on_hold",
    "fulfilled",
    "closed",
    "cancelled",
]
HoldReason = Literal["requester", "vendor", "change", "scheduled"]


class ServiceRequestEvent(Event):
    """The state of a request; what was answered in its form stays in the catalog.

    - approval_wait_s: time spent in awaiting_approval so far
    - due_at: null while on hold, or where the offering promises no delivery time
    - on_time: set at each fulfilment
    - business_s: open time of the offering's calendar, without holds, from submission to the last fulfilment
    - deviations: what an imported step did against the rules
    """

    number: str
    external_id: str | None = None
    order: str
    """The number of the order; the items of one cart share it."""
    offering: str
    offering_version: int | None = None
    service: str | None = None
    status: Status
    quantity: int = 1
    price: float | None = None
    """Of all of the quantity."""
    currency: str | None = None
    requester: Annotated[str, PERSON]
    requested_for: Annotated[str | None, PERSON] = None
    business_unit: str | None = None
    """That of whom it is for, at submission."""
    hold_reason: HoldReason | None = None
    rejection_reason: Annotated[str | None, PRIVATE] = None
    fulfilment_note: Annotated[str | None, PRIVATE] = None
    submitted_at: AwareDatetime
    approved_at: AwareDatetime | None = None
    rejected_at: AwareDatetime | None = None
    fulfilment_started_at: AwareDatetime | None = None
    first_fulfilled_at: AwareDatetime | None = None
    fulfilled_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    reopened_at: AwareDatetime | None = None
    reopen_count: int = 0
    due_at: AwareDatetime | None = None
    on_time: bool | None = None
    approval_wait_s: float = 0
    business_s: float | None = None
    source_state: str | None = None
    deviations: list[str] = Field(default_factory=list)


class ServiceRequestSubmitted(ServiceRequestEvent):
    """Somebody ordered something."""

    type: ClassVar[str] = "itsm.service_request.submitted.v1"


class ServiceRequestApprovalAsked(ServiceRequestEvent):
    """It waits for approval."""

    type: ClassVar[str] = "itsm.service_request.approval_asked.v1"


class ServiceRequestApproved(ServiceRequestEvent):
    """Every step accepted it."""

    type: ClassVar[str] = "itsm.service_request.approved.v1"


class ServiceRequestRejected(ServiceRequestEvent):
    """A step refused it, or expired."""

    type: ClassVar[str] = "itsm.service_request.rejected.v1"


class ServiceRequestFulfilmentStarted(ServiceRequestEvent):
    """Its tasks are open."""

    type: ClassVar[str] = "itsm.service_request.fulfilment_started.v1"


class ServiceRequestHeld(ServiceRequestEvent):
    """It waits for somebody."""

    type: ClassVar[str] = "itsm.service_request.held.v1"


class ServiceRequestResumed(ServiceRequestEvent):
    """The wait is over."""

    type: ClassVar[str] = "itsm.service_request.resumed.v1"


class ServiceRequestFulfilled(ServiceRequestEvent):
    """What was ordered is there."""

    type: ClassVar[str] = "itsm.service_request.fulfilled.v1"


class ServiceRequestReopened(ServiceRequestEvent):
    """What was delivered is not as ordered: back to fulfilment."""

    type: ClassVar[str] = "itsm.service_request.reopened.v1"


class ServiceRequestClosed(ServiceRequestEvent):
    """The delivery was accepted, or time ran out to dispute it."""

    type: ClassVar[str] = "itsm.service_request.closed.v1"


class ServiceRequestCancelled(ServiceRequestEvent):
    """It is not wanted any more."""

    type: ClassVar[str] = "itsm.service_request.cancelled.v1"


class ServiceRequestUpdated(ServiceRequestEvent):
    """Something changed that is no state."""

    type: ClassVar[str] = "itsm.service_request.updated.v1"


class ServiceRequestBreached(ServiceRequestEvent):
    """The deadline has passed and it is not fulfilled; said once per deadline, dated at it."""

    type: ClassVar[str] = "itsm.service_request.breached.v1"

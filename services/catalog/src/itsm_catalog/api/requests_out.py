"""What comes back about orders, requests, approvals and tasks: the stored text goes out as it is."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from itsm_catalog.rules.requests import approval, fulfilment
from itsm_catalog.rules.requests.quorum import Rule
from itsm_catalog.rules.requests.request import HoldReason, Status


class Out(BaseModel):
    """Every field is always there."""

    model_config = ConfigDict(extra="forbid")


class OrderItemOut(Out):
    """A request of the order, by `id` and `number`; its state is at /v1/service-requests."""

    id: UUID
    number: str
    offering: str
    offering_version: int | None
    quantity: int
    price: float | None
    currency: str | None
    requested_for: str


class OrderOut(Out):
    """A cart under one number; it never changes."""

    id: UUID
    number: str
    version: int
    requester: str
    comment: str | None
    ordered_at: datetime
    items: list[OrderItemOut]


class DeliveryOut(Out):
    """What was promised, in seconds of the calendar's open time from submission, and what has passed of it
    by the last hold or fulfilment; since `running_since` it counts on.
    """

    promised_s: int | None
    calendar: str | None
    calendar_version: int | None
    counted_s: float
    running_since: datetime | None
    due_at: datetime | None
    breached: bool


class ServiceRequestOut(Out):
    """A service request; times are UTC with Z. due_at is null while on hold, once it has ended unfulfilled,
    and where no delivery time is promised. business_s is open time without holds until the last fulfilment.
    """

    id: UUID
    number: str
    version: int
    external_id: str | None
    order: str
    offering: str
    offering_version: int | None
    service: str | None
    status: Status
    quantity: int
    price: float | None
    currency: str | None
    requester: str
    requested_for: str
    business_unit: str | None
    answers: dict[str, Any] | None
    hold_reason: HoldReason | None
    rejection_reason: str | None
    fulfilment_note: str | None
    submitted_at: datetime
    approval_asked_at: datetime | None
    approved_at: datetime | None
    rejected_at: datetime | None
    fulfilment_started_at: datetime | None
    first_fulfilled_at: datetime | None
    fulfilled_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    reopened_at: datetime | None
    reopen_count: int
    reopen_days: int
    reopen_until: datetime | None
    due_at: datetime | None
    on_time: bool | None
    approval_wait_s: float
    business_s: float | None
    delivery: DeliveryOut
    source_state: str | None
    imported: bool
    created_at: datetime
    updated_at: datetime


class RequestNextState(Out):
    """A state, whether the caller may enter it now, why not, and the fields that it needs."""

    to: Status
    allowed: bool
    why: str | None
    requires: list[str]


class RequestNextStates(Out):
    """Every other state."""

    status: Status
    items: list[RequestNextState]


class RequestCommentOut(Out):
    """A comment on a request."""

    id: UUID
    request_id: UUID
    author: str
    visibility: Literal["public", "internal"]
    body: str
    created_at: datetime
    imported: bool


class VoteOut(Out):
    """A vote; `cast_by` is the delegate where it was one."""

    voter: str
    cast_by: str
    decision: approval.Decision
    at: datetime
    comment: str | None


class ApprovalOut(Out):
    """A step of a request's approval; `record` is the request's id, `number` its number."""

    id: UUID
    version: int
    record: UUID
    record_type: str
    number: str
    step: int
    group: str
    rule: Rule
    percentage: float | None
    status: approval.Status
    voters: list[str]
    votes: list[VoteOut]
    asked_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None


class TaskOut(Out):
    """A fulfilment task; `request` is the request's id, `number` its number."""

    id: UUID
    version: int
    request: UUID
    number: str
    key: str
    name: str
    after: list[str]
    assignment_group: str
    assignee: str | None
    status: fulfilment.Status
    note: str | None
    planned_at: datetime
    opened_at: datetime | None
    done_at: datetime | None

"""The state of a service request: one immutable value, changed only by recording an event."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

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
What = Literal[
    "submitted",
    "approval_asked",
    "approved",
    "rejected",
    "fulfilment_started",
    "held",
    "resumed",
    "fulfilled",
    "reopened",
    "closed",
    "cancelled",
    "updated",
    "breached",
]

ENDED: Final[frozenset[Status]] = frozenset({"rejected", "closed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What was promised, and how much of it has passed. Seconds are open time of the calendar.

    - promised_s: from submission; None where the offering promises nothing
    - calendar, calendar_version: None for 24x7
    - counted_s: what had passed at the last hold or fulfilment, holds left out
    - running_since: from when on it counts again; None while it stands still
    - due_at: the deadline, the last one known while it stands still
    - breached: the deadline has passed, and that was said
    """

    promised_s: int | None = None
    calendar: str | None = None
    calendar_version: int | None = None
    counted_s: float = 0.0
    running_since: datetime | None = None
    due_at: datetime | None = None
    breached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequest:
    """A request, field by field as it is shown; `version` is the number of events behind it."""

    id: UUID
    number: str
    version: int = 1
    external_id: str | None = None
    order: str
    offering: str
    offering_version: int | None = None
    service: str | None = None
    status: Status = "submitted"
    quantity: int = 1
    price: float | None = None
    currency: str | None = None
    requester: str
    requested_for: str
    business_unit: str | None = None
    answers: Mapping[str, Any] | None = None
    hold_reason: HoldReason | None = None
    rejection_reason: str | None = None
    fulfilment_note: str | None = None
    submitted_at: datetime
    approval_asked_at: datetime | None = None
    approved_at: datetime | None = None
    rejected_at: datetime | None = None
    fulfilment_started_at: datetime | None = None
    first_fulfilled_at: datetime | None = None
    fulfilled_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    reopened_at: datetime | None = None
    reopen_count: int = 0
    reopen_days: int = 0
    reopen_until: datetime | None = None
    due_at: datetime | None = None
    on_time: bool | None = None
    approval_wait_s: float = 0.0
    business_s: float | None = None
    delivery: Delivery = Delivery()
    source_state: str | None = None
    imported: bool = False
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: what happened, when, and the state after it; what history did against the rules."""

    what: What
    at: datetime
    state: ServiceRequest
    deviations: tuple[str, ...] = ()


def record(
    request: ServiceRequest,
    what: What,
    at: datetime,
    now: datetime,
    changes: Mapping[str, Any],
    deviations: tuple[str, ...] = (),
) -> Event:
    """The event that changes `request`; each raises the version by one."""
    state = replace(request, **changes, version=request.version + 1, updated_at=now)
    return Event(what, at, state, deviations)

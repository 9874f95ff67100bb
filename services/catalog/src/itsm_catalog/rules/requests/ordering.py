"""How a request begins: from an item of a cart and the version of the offering that it orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from itsm_chassis.errors import Refused
from itsm_sla.calendar import Calendar

from itsm_catalog.rules.requests import delivery
from itsm_catalog.rules.requests.offer import Offer
from itsm_catalog.rules.requests.request import Event, ServiceRequest, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of a cart; `version` is that of the offering whose form was answered, by default the latest."""

    offering: str
    version: int | None = None
    answers: Mapping[str, Any]
    quantity: int = 1
    requested_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A request as its order names it; it never changes."""

    id: UUID
    number: str
    offering: str
    offering_version: int | None
    quantity: int
    price: float | None
    currency: str | None
    requested_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A cart under one number. What becomes of its items is told by their requests."""

    id: UUID
    number: str
    version: int = 1
    requester: str
    comment: str | None = None
    ordered_at: datetime
    items: tuple[Line, ...]


def submitted(
    identity: UUID,
    number: str,
    order: str,
    item: Item,
    offer: Offer,
    calendar: Calendar,
    requester: str,
    unit: str | None,
    now: datetime,
) -> Event:
    """The request's first event; `unit` is the business unit of whom it is for."""
    clock = delivery.begun(offer.delivery_time_s, calendar, now)
    state = ServiceRequest(
        id=identity,
        number=number,
        order=order,
        offering=offer.key,
        offering_version=offer.version,
        service=offer.service,
        quantity=item.quantity,
        price=total(offer, item.quantity),
        currency=offer.currency,
        requester=requester,
        requested_for=item.requested_for or requester,
        business_unit=unit,
        answers=item.answers,
        submitted_at=now,
        reopen_days=offer.reopen_days,
        due_at=clock.due_at,
        delivery=clock,
        created_at=now,
        updated_at=now,
    )
    return Event("submitted", now, state)


def total(offer: Offer, quantity: int) -> float | None:
    """The price of so many, exact in decimals."""
    return None if offer.price is None else float(Decimal(str(offer.price)) * quantity)


def line(request: ServiceRequest) -> Line:
    """The request as its order names it."""
    return Line(
        id=request.id,
        number=request.number,
        offering=request.offering,
        offering_version=request.offering_version,
        quantity=request.quantity,
        price=request.price,
        currency=request.currency,
        requested_for=request.requested_for,
    )


def edited(request: ServiceRequest, given: Mapping[str, Any], offer: Offer, now: datetime) -> Event | None:
    """Other answers or another quantity; None where they are the same. Refused once it is approved."""
    wanted = dict(given)
    if "answers" in wanted:
        wanted["answers"] = patched(request.answers or {}, wanted["answers"])
    changes = {name: value for name, value in wanted.items() if getattr(request, name) != value}
    if not changes:
        return None
    if request.status not in ("submitted", "awaiting_approval"):
        raise Refused(
            "request_locked",
            f"The request is {request.status}: what was ordered can change only before it is approved. "
            "Cancel it where that is still possible, and order again.",
        )
    if "quantity" in changes:
        changes["price"] = total(offer, changes["quantity"])
    return record(request, "updated", now, now, changes)


def patched(target: Any, patch: Any) -> Any:
    """A merge patch (RFC 7396): null takes away, objects are merged, all else is replaced."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = patched(merged.get(name), value)
    return merged

"""Service requests as the rules have them: a request, an offer, times."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from itsm_catalog.rules.requests import delivery, ordering
from itsm_catalog.rules.requests.lifecycle import Transition, enter, move
from itsm_catalog.rules.requests.offer import Offer
from itsm_catalog.rules.requests.ordering import Item
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_sla.calendar import Calendar, Hours, weekdays

START: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""A Monday at 08:00."""

WORKING_HOURS: Final = Calendar(
    "office", 3, "Office", START, START, "UTC", weekdays({day: [Hours(480, 1080)] for day in range(5)})
)
"""Monday to Friday, 08:00 to 18:00."""

HOUR: Final = 3600


def after(hours: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=hours)


def offer(**fields: Any) -> Offer:
    """An offer that promises four hours."""
    known: dict[str, Any] = {"key": "laptop", "version": 2, "name": "Laptop", "service": "desk", "form": {}}
    return Offer(**known | {"delivery_time_s": 4 * HOUR, "reopen_days": 5} | fields)


def submitted(calendar: Calendar = delivery.ROUND_THE_CLOCK, **fields: Any) -> ServiceRequest:
    """A request at its start."""
    item = Item(offering="laptop", answers={})
    given = offer(**fields)
    event = ordering.submitted(UUID(int=1), "REQ-1", "ORD-1", item, given, calendar, "rita", None, START)
    return event.state


def moved(
    request: ServiceRequest,
    to: Any,
    at: datetime,
    calendar: Calendar = delivery.ROUND_THE_CLOCK,
    **fields: Any,
) -> ServiceRequest:
    """The request after a transition with all that it needs."""
    needs: dict[str, Any] = {"on_hold": {"reason": "vendor"}, "fulfilled": {"fulfilment_note": "Done."}}
    asked = Transition(to, **needs.get(to, {}) | fields)
    return move(request, asked, at, calendar)[-1].state


def entered(request: ServiceRequest, to: Any, at: datetime) -> ServiceRequest:
    """The request in another state, allowed or not."""
    return enter(request, Transition(to), at, at, delivery.ROUND_THE_CLOCK).state

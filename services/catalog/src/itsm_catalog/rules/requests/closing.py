"""Closing by itself: some days after the fulfilment, never before the days for a reopening are over."""

from datetime import datetime, timedelta

from itsm_catalog.rules.requests import delivery
from itsm_catalog.rules.requests.lifecycle import Transition, enter
from itsm_catalog.rules.requests.request import Event, ServiceRequest


def counts_from(request: ServiceRequest) -> datetime | None:
    """When the days begin: at the fulfilment, for history at its import; None unless fulfilled."""
    if request.status != "fulfilled" or request.fulfilled_at is None:
        return None
    return max(request.fulfilled_at, request.created_at)


def due(request: ServiceRequest, days: float, now: datetime) -> Event | None:
    """The closing event where the time is up; `days` = 0 means never."""
    begun = counts_from(request)
    if not days or begun is None or begun + timedelta(days=days) > now:
        return None
    if request.reopen_until is not None and request.reopen_until > now:
        return None
    return enter(request, Transition("closed"), now, now, delivery.ROUND_THE_CLOCK)

"""What follows once a request may go on: the next approval step, or the start of fulfilment."""

from collections.abc import Sequence

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_sla.calendar import Calendar

from itsm_catalog.rules.requests import approval, fulfilment, lifecycle
from itsm_catalog.rules.requests.lifecycle import Transition, enter
from itsm_catalog.rules.requests.offer import Offer
from itsm_catalog.rules.requests.request import Event, ServiceRequest
from itsm_catalog.tables import directory


async def asked(
    db: Database, ctx: Context, request: ServiceRequest, offer: Offer, place: int
) -> approval.Event:
    """The approval step of this place (from 1), starting now; Refused where nobody is left to vote."""
    step = offer.approval[place - 1]
    members = set(await directory.members_of(db, ctx.tenant, step.group)) - {request.requester}
    return approval.asked(new_id(), request.id, request.number, place, step, members, ctx.now)


def approved(request: ServiceRequest, offer: Offer, calendar: Calendar, ctx: Context) -> list[Event]:
    """The request accepted by its last step, and going on by itself where it has tasks."""
    told = lifecycle.move(request, Transition("approved"), ctx.now, calendar)
    return [*told, *onward(told[-1].state, offer, calendar, ctx)]


def onward(request: ServiceRequest, offer: Offer, calendar: Calendar, ctx: Context) -> list[Event]:
    """The start of fulfilment where there are tasks; without any the desk starts it."""
    if not offer.tasks:
        return []
    return [enter(request, Transition("in_fulfilment"), ctx.now, ctx.now, calendar)]


def planned(events: Sequence[Event], offer: Offer, ctx: Context) -> list[fulfilment.Event]:
    """The tasks, where these events start the fulfilment."""
    if not events or events[-1].what != "fulfilment_started":
        return []
    request = events[-1].state
    ids = (new_id() for _ in offer.tasks)
    return fulfilment.planned(offer.tasks, ids, request.id, request.number, ctx.now)

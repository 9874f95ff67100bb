"""Ordering: a cart of items under one number, each its own request, all of them stored or none."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.errors import FieldError, Forbidden, Invalid
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, Overtaken, perform
from itsm_chassis.store.work import Work
from itsm_sla.calendar import Calendar

from itsm_catalog.commands.requests import offers, starting
from itsm_catalog.commands.requests.commenting import spoken
from itsm_catalog.commands.requests.finding import approvals_of, current
from itsm_catalog.commands.requests.recording import (
    APPROVAL,
    ORDER,
    ORDERS,
    PLACE,
    REQUEST,
    REQUESTS,
    TASK,
    answer,
    new,
    work,
    works,
)
from itsm_catalog.rules.answers import check_answers
from itsm_catalog.rules.requests import access, approval, ordering
from itsm_catalog.rules.requests.lifecycle import Transition, caught_up, enter
from itsm_catalog.rules.requests.offer import Offer, barred
from itsm_catalog.rules.requests.ordering import Item, Order
from itsm_catalog.rules.requests.request import Event, ServiceRequest
from itsm_catalog.tables import directory, row_locks

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

GRACE: Final = timedelta(days=1)
"""For how long a form that was opened before its offering's next version may still be sent in."""

Pointer = Callable[[int], str]
"""Where an item of the cart stands in the body."""


async def order(db: Database, ctx: Context, items: Sequence[Item], comment: str | None) -> Answer:
    """Order a cart. Raises Invalid, Forbidden and Refused, with pointers such as /items/0/answers/colour."""

    requests: list[ServiceRequest]

    async def decide() -> Decision:
        nonlocal requests
        requests, placed, stored = await carted(db, ctx, items, comment, lambda index: f"/items/{index}")
        return stored, answer(placed, "/v1/orders")

    return await perform(db, ctx, decide, guard=lambda conn: still_offered(conn, ctx, requests))


async def submit(db: Database, ctx: Context, item: Item, comment: str | None) -> Answer:
    """Order a single item; the answer is its request."""

    requests: list[ServiceRequest]

    async def decide() -> Decision:
        nonlocal requests
        requests, _, stored = await carted(db, ctx, [item], comment, lambda _: "")
        return stored, answer(requests[0], PLACE)

    return await perform(db, ctx, decide, guard=lambda conn: still_offered(conn, ctx, requests))


async def still_offered(conn: "Connection[Any]", ctx: Context, requests: Sequence[ServiceRequest]) -> None:
    """Nothing of the cart is retired before it is stored; what was retired meanwhile is decided anew."""
    wanted = {(each.offering, str(each.service)) for each in requests}
    if not await row_locks.orderable(conn, ctx.tenant, wanted):
        raise Overtaken


async def carted(
    db: Database, ctx: Context, items: Sequence[Item], comment: str | None, pointer: Pointer
) -> tuple[list[ServiceRequest], Order, list[Work]]:
    """The requests of a cart, their order, and everything to be stored of them."""
    wanted = [(item.offering, item.version, ctx.now) for item in items]
    found = await offers.wanted(db, ctx.tenant, wanted)
    offered = checked(ctx, items, found, pointer)
    units = [
        await entitled(db, ctx, item, offer, pointer(index))
        for index, (item, offer) in enumerate(zip(items, offered, strict=True))
    ]
    number = await ORDERS.next(db)
    numbers = await REQUESTS.take(db, len(items))
    requests: list[ServiceRequest] = []
    stored: list[Work] = []
    for item, offer, unit, each, own in zip(items, offered, units, found, numbers, strict=True):
        first = ordering.submitted(
            new_id(), own, number, item, offer, each.calendar, ctx.actor, unit, ctx.now
        )
        request, works = await begun(db, ctx, first, offer, each.calendar)
        requests.append(request)
        stored += works
        if comment is not None:
            stored.append(spoken(ctx, str(request.id), comment, "public")[0])
    placed = Order(
        id=new_id(),
        number=number,
        requester=ctx.actor,
        comment=comment,
        ordered_at=ctx.now,
        items=tuple(ordering.line(request) for request in requests),
    )
    return requests, placed, [*stored, new(ctx, ORDER, placed)]


async def begun(
    db: Database, ctx: Context, first: Event, offer: Offer, calendar: Calendar
) -> tuple[ServiceRequest, list[Work]]:
    """A request with what follows at once: its first approval step, or its tasks.

    Every step is asked for its voters, so that nobody votes on what a later step could never accept.
    """
    if not offer.approval:
        events = [first, *starting.onward(first.state, offer, calendar, ctx)]
        whole = work(ctx, REQUEST, events)
        return events[-1].state, [whole, *works(ctx, TASK, starting.planned(events, offer, ctx))]
    steps = [
        await starting.asked(db, ctx, first.state, offer, place + 1) for place in range(len(offer.approval))
    ]
    waits = enter(first.state, Transition("awaiting_approval"), ctx.now, ctx.now, calendar)
    return waits.state, [work(ctx, REQUEST, [first, waits]), work(ctx, APPROVAL, steps[:1])]


def checked(ctx: Context, items: Sequence[Item], found: Sequence[offers.Found], pointer: Any) -> list[Offer]:
    """The offers of all items; Invalid with everything that is wrong with any of them."""
    offered: list[Offer] = []
    errors: list[FieldError] = []
    for index, (item, each) in enumerate(zip(items, found, strict=True)):
        if (wrong := unavailable(ctx, item, each, pointer(index))) is not None:
            errors.append(wrong)
        elif each.offer is not None:
            offered.append(each.offer)
            errors += check_answers(each.offer.form, item.answers, f"{pointer(index)}/answers")
    if errors:
        count = f"{len(errors)} error{'s' if len(errors) != 1 else ''}"
        raise Invalid("invalid_request", f"The request has {count}; see errors.", tuple(errors))
    return offered


def unavailable(ctx: Context, item: Item, found: offers.Found, pointer: str) -> FieldError | None:
    """Why this offering cannot be ordered in this version, or None."""
    at = f"{pointer}/offering"
    if found.latest is None:
        return FieldError(at, "unknown_offering", f"There is no offering {item.offering}.")
    if found.retired:
        return FieldError(at, "offering_retired", f"{item.offering} can no longer be ordered.")
    if not found.live:
        return FieldError(at, "service_not_live", f"The service of {item.offering} is not in the catalogue.")
    if found.offer is None:
        sentence = f"{item.offering} has no version {item.version}; the latest is {found.latest}."
        return FieldError(f"{pointer}/version", "unknown_version", sentence)
    if found.succeeded_at is not None and found.succeeded_at + GRACE < ctx.now:
        sentence = (
            f"Version {item.version} of {item.offering} was replaced over a day ago: "
            f"answer the form of version {found.latest}."
        )
        return FieldError(f"{pointer}/version", "version_replaced", sentence)
    return None


async def entitled(db: Database, ctx: Context, item: Item, offer: Offer, pointer: str) -> str | None:
    """The business unit of whom it is for; Forbidden where they may not have it, or not by the caller."""
    person = item.requested_for or ctx.actor
    unit: str | None = await db.fetchval(directory.UNIT, ctx.tenant, person)
    units = await directory.units_upwards(db, ctx.tenant, unit) if offer.business_units else []
    if (why := barred(offer, ctx.roles, units)) is not None:
        raise Forbidden("not_entitled", why, (FieldError(f"{pointer}/offering", "not_entitled", why),))
    return unit


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change what was ordered (a merge patch), as long as it is not approved.

    What was voted so far is voided, and the first step asks anew.
    """

    async def decide() -> Decision:
        request = await current(db, ctx, reference)
        access.may_edit(ctx.roles, ctx.actor, request)
        offer = await offers.ordered(db, ctx, request)
        told = caught_up(request, ctx.now, ctx.now)
        event = ordering.edited(told[-1].state if told else request, given, offer, ctx.now)
        if event is None:
            return [], answer(request)
        if errors := check_answers(offer.form, event.state.answers or {}):
            raise Invalid("invalid_request", "The answers do not fit the form; see errors.", tuple(errors))
        stored = [work(ctx, REQUEST, [*told, event])]
        if request.status == "awaiting_approval":
            before = await approvals_of(db, ctx, request)
            stored += works(ctx, APPROVAL, filter(None, (approval.voided(each, ctx.now) for each in before)))
            stored += works(ctx, APPROVAL, [await starting.asked(db, ctx, event.state, offer, 1)])
        return stored, answer(event.state)

    return await perform(db, ctx, decide)

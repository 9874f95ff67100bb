"""Voting: a vote, and what it decides, in one commit."""

from itsm_chassis.errors import Forbidden
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work

from itsm_catalog.commands.requests import offers, starting
from itsm_catalog.commands.requests.finding import request_of
from itsm_catalog.commands.requests.recording import (
    APPROVAL,
    REQUEST,
    TASK,
    answer,
    approval_from,
    work,
    works,
)
from itsm_catalog.rules.requests import approval, lifecycle
from itsm_catalog.rules.requests.lifecycle import Transition
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_catalog.tables import directory
from itsm_catalog.tables.request_sight import find_approval


async def vote(
    db: Database,
    ctx: Context,
    identity: str,
    decision: approval.Decision,
    comment: str | None,
    voter: str | None,
) -> Answer:
    """Vote in the own place, or in that of a voter whose delegate the caller is.

    Raises Forbidden, Invalid and Refused as `rules.requests.approval` has them, and Refused where the next
    step would have no voter: then the vote is not cast.
    """

    async def decide() -> Decision:
        step = approval_from((await find_approval(db, ctx, identity)).text)
        request = await request_of(db, ctx, step)
        absent: list[str] = []
        if voter not in (None, ctx.actor) or ctx.actor not in step.voters:
            absent = await directory.delegators_of(db, ctx.tenant, ctx.actor, ctx.now)
        place = approval.place_of(step, ctx.actor, request.requester, absent, voter)
        if not await directory.acts(db, ctx.tenant, ctx.actor):
            raise Forbidden("has_left", "Who has left votes no more, neither for themselves nor for others.")
        event = approval.voted(step, place, ctx.actor, decision, comment, ctx.now)
        voted = work(ctx, APPROVAL, [event])
        return [voted, *await following(db, ctx, request, event.state)], answer(event.state)

    return await perform(db, ctx, decide)


async def following(
    db: Database, ctx: Context, request: ServiceRequest, step: approval.Approval
) -> list[Work]:
    """What the step's end does: the next step, or the approval or rejection of the request."""
    if step.status == "pending":
        return []
    calendar = await offers.counting(db, ctx, request)
    if step.status != "accepted":
        asked = Transition("rejected", rejection_reason=approval.why_refused(step))
        return [work(ctx, REQUEST, lifecycle.move(request, asked, ctx.now, calendar))]
    offer = await offers.ordered(db, ctx, request)
    if step.step < len(offer.approval):
        return works(ctx, APPROVAL, [await starting.asked(db, ctx, request, offer, step.step + 1)])
    events = starting.approved(request, offer, calendar, ctx)
    return [work(ctx, REQUEST, events), *works(ctx, TASK, starting.planned(events, offer, ctx))]

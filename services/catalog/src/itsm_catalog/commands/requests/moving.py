"""Moving a request through its lifecycle, and its approvals and tasks with it."""

from collections.abc import Sequence

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.errors import Forbidden, Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work

from itsm_catalog.commands.requests import offers
from itsm_catalog.commands.requests.commenting import spoken
from itsm_catalog.commands.requests.finding import approvals_of, current, tasks_of
from itsm_catalog.commands.requests.recording import APPROVAL, REQUEST, TASK, answer, work, works
from itsm_catalog.rules.requests import access, approval, fulfilment, lifecycle
from itsm_catalog.rules.requests.lifecycle import Transition
from itsm_catalog.rules.requests.request import ServiceRequest


async def transition(
    db: Database,
    ctx: Context,
    reference: str,
    asked: Transition,
    *,
    tasks: Sequence[str] | None = None,
    comment: str | None = None,
    visibility: str = "public",
) -> Answer:
    """Apply a transition with what it means for approvals and tasks, and say the comment that comes along."""
    if comment is not None:
        access.may_say(ctx.roles, visibility)
    if tasks is not None and not is_staff(ctx.roles):
        raise Forbidden(
            "forbidden_tasks", "Which tasks are done once more is the desk's to say; leave out `tasks`."
        )

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        if (why := lifecycle.obstacle(before, asked.to, ctx.now)) is not None:
            raise Refused("illegal_transition", why)
        if (why := access.may_move(ctx.roles, ctx.actor, before, asked.to)) is not None:
            raise Forbidden("forbidden_transition", why)
        events = lifecycle.move(before, asked, ctx.now, await offers.counting(db, ctx, before))
        parts = await along(db, ctx, before, asked, tasks)
        whole = work(ctx, REQUEST, events)
        # A reopening begins with the request, an end with what it ends.
        stored = [whole, *parts] if asked.to == "in_fulfilment" else [*parts, whole]
        if comment is not None:
            stored.append(spoken(ctx, str(before.id), comment, visibility)[0])
        return stored, answer(events[-1].state)

    return await perform(db, ctx, decide)


async def along(
    db: Database, ctx: Context, before: ServiceRequest, asked: Transition, wanted: Sequence[str] | None
) -> list[Work]:
    """What the transition does to approvals and tasks.

    An end voids what is still asked and cancels what is not done, and so does a fulfilment by the desk; a
    reopening opens tasks once more.
    """
    if before.status == "awaiting_approval" and asked.to == "cancelled":
        pending = [each for each in await approvals_of(db, ctx, before) if each.status == "pending"]
        return works(ctx, APPROVAL, filter(None, (approval.voided(each, ctx.now) for each in pending)))
    if asked.to in ("cancelled", "fulfilled"):
        return works(ctx, TASK, fulfilment.cancelled(await tasks_of(db, ctx, before), ctx.now))
    if asked.to == "in_fulfilment" and before.status == "fulfilled":
        return works(ctx, TASK, fulfilment.reopened(await tasks_of(db, ctx, before), wanted, ctx.now))
    return []

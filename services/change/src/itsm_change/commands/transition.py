"""Moving a change through its lifecycle."""

from itsm_chassis.errors import Forbidden
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work

from itsm_change.commands import approving, templates
from itsm_change.commands.comment import spoken
from itsm_change.commands.edit import current
from itsm_change.commands.recording import answer, changed
from itsm_change.rules import access, lifecycle
from itsm_change.rules.change import Change
from itsm_change.rules.obstacles import Obstacle, obstacles
from itsm_change.tables.finding import steps_of, surroundings


async def transition(
    db: Database,
    ctx: Context,
    reference: str,
    asked: lifecycle.Transition,
    comment: str | None,
    visibility: str,
) -> Answer:
    """Apply a transition, ask or void approvals with it, and say the comment that comes with it."""
    if comment is not None:
        access.may_say(ctx.roles, visibility)

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        if (why := access.may_move(ctx.roles, ctx.actor, before, asked.to)) is not None:
            raise Forbidden("forbidden_transition", why)
        event = lifecycle.move(before, asked, await in_the_way(db, ctx, before, asked.to), ctx.now)
        events, works = [event], list[Work]()
        if asked.to == "authorize":
            events, works = await approving.asked(db, ctx, event)
        elif asked.to in ("new", "cancelled"):
            works = approving.voided(ctx, await steps_of(db, ctx, before.id))
        elif asked.to == "closed":
            works = await templates.judged(db, ctx, event.state)
        if comment is not None:
            works.append(spoken(ctx, before.id, comment, visibility)[0])
        return [changed(ctx, events), *works], await answer(db, ctx, events[-1].state)

    return await perform(db, ctx, decide)


async def in_the_way(db: Database, ctx: Context, change: Change, to: str) -> list[Obstacle]:
    """What stands before `scheduled`, where that is asked for."""
    if to != "scheduled":
        return []
    return obstacles(change, await surroundings(db, ctx, change))

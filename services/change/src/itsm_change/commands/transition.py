"""Moving a change through its lifecycle."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

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
from itsm_change.rules.obstacles import Surroundings, conflicts
from itsm_change.tables.finding import in_the_way, steps_of
from itsm_change.tables.scenery import scene

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

    from itsm_change.rules.change import Change


GUARDED: Final = ("scheduled", "closed")
"""What stands before them is told as obstacles; authorize refuses by itself."""

SCHEDULING: Final = "SELECT pg_advisory_xact_lock(hashtextextended('itsm.change.scheduling ' || $1, 0))"


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

    before: Change

    async def decide() -> Decision:
        nonlocal before
        before = await current(db, ctx, reference)
        if (why := access.may_move(ctx.roles, ctx.actor, before, asked.to)) is not None:
            raise Forbidden("forbidden_transition", why)
        stops = await in_the_way(db, ctx, before, asked.to) if asked.to in GUARDED else []
        event = lifecycle.move(before, asked, stops, ctx.now)
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

    async def alone(conn: "Connection[Any]") -> None:
        """Who schedules at the same moment has committed, and is seen, or comes after."""
        await conn.execute(SCHEDULING, ctx.tenant)
        planned = replace(before, **asked.fields)
        seen = await scene(conn, ctx.tenant, planned)
        lifecycle.refuse_obstacles(asked.to, conflicts(planned, Surroundings(conflicts=tuple(seen.found))))

    return await perform(db, ctx, decide, guard=alone if asked.to == "scheduled" else None)

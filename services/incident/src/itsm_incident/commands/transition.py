"""Moving an incident through its lifecycle, and its children with it."""

from itsm_chassis.errors import Forbidden
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform

from itsm_incident.commands.comment import spoken
from itsm_incident.commands.edit import current
from itsm_incident.commands.family import children_of
from itsm_incident.commands.recording import answer, changed
from itsm_incident.rules import access, family, lifecycle


async def transition(
    db: Database,
    ctx: Context,
    reference: str,
    asked: lifecycle.Transition,
    comment: str | None,
    visibility: str,
) -> Answer:
    """Apply a transition, say the comment that comes with it, and copy the step down to the children."""
    if comment is not None:
        access.may_say(ctx.roles, visibility)

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        if (why := access.may_move(ctx.roles, ctx.actor, before, asked.to)) is not None:
            raise Forbidden("forbidden_transition", why)
        event = lifecycle.move(before, asked, ctx.now)
        works = [changed(ctx, [event])]
        if comment is not None:
            works.append(spoken(ctx, before.id, comment, visibility)[0])
        if before.parent_id is None:
            for child in await children_of(db, ctx, before):
                copied = family.copied(before, event.state, asked, child, ctx.now)
                works += [changed(ctx, [copied])] if copied else []
        return works, answer(event.state)

    return await perform(db, ctx, decide)

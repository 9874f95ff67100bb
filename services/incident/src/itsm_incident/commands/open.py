"""Opening an incident."""

from collections.abc import Mapping
from typing import Any

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform

from itsm_incident.commands.family import parent_of
from itsm_incident.commands.recording import NUMBERS, added, answer
from itsm_incident.rules import access, family, opening


async def open_incident(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Open one; the caller is the token's subject unless staff names another (Forbidden else)."""
    caller = given.get("caller") or ctx.actor
    access.may_open_for(ctx.roles, ctx.actor, caller)

    async def decide() -> Decision:
        number = await NUMBERS.next(db)
        fields = dict(given) | {"caller": caller}
        event = opening.opened(
            str(new_id()), number, fields, opened_at=ctx.now, opened_by=ctx.actor, now=ctx.now
        )
        if event.state.parent_id is not None:
            parent = await parent_of(db, ctx, event.state)
            family.adopt(event.state, parent, has_children=False)
        return [added(ctx, event)], answer(event.state, 201)

    return await perform(db, ctx, decide)

"""Editing fields."""

from collections.abc import Mapping
from typing import Any

from itsm_chassis.errors import Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work

from itsm_change.commands import approving, templates
from itsm_change.commands.recording import answer, changed
from itsm_change.commands.request import completed
from itsm_change.rules import card, editing
from itsm_change.rules.change import Change
from itsm_change.tables.finding import find, steps_of


async def current(db: Database, ctx: Context, reference: str) -> Change:
    """The change as it is now; Missing where the caller may not see it, Stale where it has moved on."""
    found = await find(db, ctx, reference)
    if ctx.expected is not None and ctx.expected != found.version:
        raise Stale(found.version)
    return card.read(found.text)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields of a change (a merge patch: null clears). A material edit voids its approval."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        if given.get("template") not in (None, before.template):
            await completed(db, ctx, given)
        event = editing.edit(before, given, ctx.now)
        if event is None:
            return [], await answer(db, ctx, before)
        events, works = [event], list[Work]()
        if event.what == "authorization_voided":
            works = approving.voided(ctx, await steps_of(db, ctx, before.id))
            if event.state.status == "authorize":
                events, first = await approving.asked(db, ctx, event)
                works += first
        elif event.what == "backed_out" and event.state.status == "closed":
            works = await templates.judged(db, ctx, event.state)
        return [changed(ctx, events), *works], await answer(db, ctx, events[-1].state)

    return await perform(db, ctx, decide)

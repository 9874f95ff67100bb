"""Editing fields, and assigning."""

from collections.abc import Callable, Mapping
from typing import Any

from itsm_chassis.errors import Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform

from itsm_incident.commands.family import children_of, parent_of
from itsm_incident.commands.recording import answer, changed
from itsm_incident.rules import card, editing, family
from itsm_incident.rules.incident import Event, Incident
from itsm_incident.tables import find


async def current(db: Database, ctx: Context, reference: str) -> Incident:
    """The incident as it is now; Missing where the caller may not see it, Stale where it has moved on."""
    found = await find(db, ctx, reference)
    if ctx.expected is not None and ctx.expected != found.version:
        raise Stale(found.version)
    return card.read(found.text)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields of an incident (a merge patch: null clears)."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        event = editing.edit(before, given, ctx.now)
        if event is not None and event.state.parent_id not in (None, before.parent_id):
            parent = await parent_of(db, ctx, event.state)
            family.adopt(event.state, parent, bool(await children_of(db, ctx, before)))
        return written(ctx, before, event)

    return await perform(db, ctx, decide)


async def assign(db: Database, ctx: Context, reference: str, given: Mapping[str, str | None]) -> Answer:
    """Change the group, the person or both; an absent one stays, null takes it away."""
    return await change(db, ctx, reference, lambda before: editing.assign(before, given, ctx.now))


async def change(
    db: Database, ctx: Context, reference: str, rule: Callable[[Incident], Event | None]
) -> Answer:
    """Apply a rule that looks at nothing but the incident itself."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        return written(ctx, before, rule(before))

    return await perform(db, ctx, decide)


def written(ctx: Context, before: Incident, event: Event | None) -> Decision:
    """What to store, which is nothing where nothing changed."""
    if event is None:
        return [], answer(before)
    return [changed(ctx, [event])], answer(event.state)

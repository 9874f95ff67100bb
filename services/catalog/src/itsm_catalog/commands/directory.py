"""Registering and editing people, groups and business units."""

from collections.abc import Mapping
from typing import Any

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, Guard, perform
from itsm_chassis.store.records import find, load

from itsm_catalog.commands.entries import PEOPLE, Kind, written
from itsm_catalog.rules.directory import E, edited
from itsm_catalog.rules.people import may_edit
from itsm_catalog.tables import person
from itsm_catalog.tables.people import find_person


async def register(
    db: Database, ctx: Context, kind: Kind[E], given: Mapping[str, Any], guard: Guard | None = None
) -> Answer:
    """Enter somebody or something into the directory; Refused where the key is taken, Invalid."""

    async def decide() -> Decision:
        if await load(db, kind.table, ctx.tenant, given["key"], "key") is not None:
            raise Refused("already_exists", f"There is already a record with the key {given['key']}.")
        return written(ctx, kind, None, kind.new(ctx, given))

    return await perform(db, ctx, decide, guard=guard)


async def edit(
    db: Database,
    ctx: Context,
    kind: Kind[E],
    reference: str,
    given: Mapping[str, Any],
    guard: Guard | None = None,
) -> Answer:
    """Change fields (a merge patch: null clears); raises Missing, Stale and Invalid."""

    async def decide() -> Decision:
        found = await find(db, ctx, kind.table, reference, name="key")
        if ctx.expected not in (None, found.version):
            raise Stale(found.version)
        before = kind.read(found.text)
        after = edited(before, given, ctx.now)
        if after is None:
            return [], Answer(200, found.text, found.version)
        return written(ctx, kind, before, after)

    return await perform(db, ctx, decide, guard=guard)


async def edit_person(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """The same of a person: everybody may name their own delegate; Forbidden for all else."""
    found = PEOPLE.read((await find_person(db, ctx, person, reference)).text)
    may_edit(ctx.roles, ctx.actor, found.key, given)
    return await edit(db, ctx, PEOPLE, str(found.id), given)

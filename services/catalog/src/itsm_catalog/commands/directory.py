"""Registering and editing people, groups and business units."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import find, load

from itsm_catalog.commands.entries import PEOPLE, Kind, written
from itsm_catalog.rules.directory import E, edited
from itsm_catalog.rules.people import may_edit
from itsm_catalog.tables import person
from itsm_catalog.tables.people import find_person

Agreed = Callable[[Any], Awaitable[None]]
"""Asked about the state to come; raises where others stand against it."""


async def at_once(_: Any) -> None:
    """Nothing stands against it."""


async def register(
    db: Database, ctx: Context, kind: Kind[E], given: Mapping[str, Any], agreed: Agreed = at_once
) -> Answer:
    """Enter somebody or something into the directory; Refused where the key is taken, Invalid."""

    async def decide() -> Decision:
        if await load(db, kind.table, ctx.tenant, given["key"], "key") is not None:
            raise Refused("already_exists", f"There is already a record with the key {given['key']}.")
        record = kind.new(ctx, given)
        await agreed(record)
        return written(ctx, kind, None, record)

    return await perform(db, ctx, decide)


async def edit(
    db: Database,
    ctx: Context,
    kind: Kind[E],
    reference: str,
    given: Mapping[str, Any],
    agreed: Agreed = at_once,
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
        await agreed(after)
        return written(ctx, kind, before, after)

    return await perform(db, ctx, decide)


async def edit_person(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """The same of a person: everybody may name their own delegate; Forbidden for all else."""
    found = PEOPLE.read((await find_person(db, ctx, person, reference)).text)
    may_edit(ctx.roles, ctx.actor, found.key, given)
    return await edit(db, ctx, PEOPLE, str(found.id), given)

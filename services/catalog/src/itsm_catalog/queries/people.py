"""Reads of the directory: people, their groups, and the members of a group."""

import json
from contextlib import suppress
from typing import Any

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.errors import Missing
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, find

from itsm_catalog.tables import colleague, directory, people_group, person
from itsm_catalog.tables.people import find_person, identity


async def read(db: Database, ctx: Context, reference: str) -> Card:
    """Somebody, as far as the caller may see them; raises Missing."""
    return await find_person(db, ctx, person if is_staff(ctx.roles) else colleague, reference)


async def me(db: Database, ctx: Context) -> dict[str, Any]:
    """Who the caller is here, known or not."""
    shown: dict[str, Any] = {"id": str(identity(ctx.tenant, ctx.actor)), "key": ctx.actor}
    shown |= {"roles": sorted(ctx.roles), "person": None}
    with suppress(Missing):
        shown["person"] = json.loads((await find_person(db, ctx, person, shown["id"])).text)
    shown["business_units"] = await directory.units_of(db, ctx.tenant, ctx.actor)
    shown["groups"] = await groups(db, ctx, ctx.actor)
    return shown | {"delegators": await directory.delegators_of(db, ctx.tenant, ctx.actor, ctx.now)}


async def groups(db: Database, ctx: Context, reference: str) -> list[dict[str, Any]]:
    """The active groups of somebody, by id or key; who is not registered may be in some too."""
    key = reference
    with suppress(Missing):
        key = json.loads((await find_person(db, ctx, person, reference)).text)["key"]
    return [json.loads(text) for text in await directory.groups_of(db, ctx.tenant, key)]


async def members(db: Database, ctx: Context, reference: str) -> list[dict[str, Any]]:
    """The members of a group, with who stands in for them now."""
    key = json.loads((await find(db, ctx, people_group, reference, name="key")).text)["key"]
    found = await directory.membership(db, ctx.tenant, key)
    delegates = await directory.delegates_of(db, ctx.tenant, [row["person"] for row in found], ctx.now)
    return [row | {"delegate": delegates.get(row["person"])} for row in found]

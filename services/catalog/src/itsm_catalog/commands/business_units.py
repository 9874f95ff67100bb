"""Business units: a parent is agreed on by one writer at a time, or two could close a circle together."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from itsm_chassis.errors import Refused
from itsm_chassis.store.alone import alone
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database

from itsm_catalog.commands import directory
from itsm_catalog.commands.entries import UNITS
from itsm_catalog.rules.business_units import BusinessUnit, Parents, circular
from itsm_catalog.tables.directory import Reader

PARENTS = "SELECT key, parent FROM business_unit WHERE tenant = $1"


def forest(tenant: str) -> str:
    """What is locked: all business units of a tenant."""
    return f"itsm.catalog.business-units {tenant}"


async def parents(db: Reader, tenant: str) -> Parents:
    """The parent of each unit."""
    return {row["key"]: row["parent"] for row in await db.fetch(PARENTS, tenant)}


async def register(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Enter a unit; Refused where its parent is below it."""
    if given.get("parent") is None:
        return await directory.register(db, ctx, UNITS, given)
    async with alone(db, forest(ctx.tenant)):
        return await directory.register(db, ctx, UNITS, given, partial(acyclic, db, ctx.tenant))


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change a unit; Refused where its parent is below it."""
    if given.get("parent") is None:
        return await directory.edit(db, ctx, UNITS, reference, given)
    async with alone(db, forest(ctx.tenant)):
        return await directory.edit(db, ctx, UNITS, reference, given, partial(acyclic, db, ctx.tenant))


async def acyclic(db: Database, tenant: str, unit: BusinessUnit) -> None:
    """Refused where the unit would be above itself."""
    refused = circular(await parents(db, tenant), {unit.key: unit.parent})
    if (found := refused.get(unit.key)) is not None:
        raise Refused("cycle", found.message, (found,))

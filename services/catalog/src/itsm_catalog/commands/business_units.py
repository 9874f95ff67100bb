"""Business units: a parent is agreed on by one writer at a time, or two could close a circle together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Guard
from itsm_chassis.store.records import find

from itsm_catalog.commands import directory
from itsm_catalog.commands.entries import UNITS
from itsm_catalog.rules.business_units import Parents, circular

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ALONE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('itsm.catalog.business-units ' || $1, 0))"
"""Whoever places units below others is the only one in the tenant to do so until the commit."""

PARENTS: Final = "SELECT key, parent FROM business_unit WHERE tenant = $1"


async def forest(conn: "Connection[Any]", tenant: str) -> Parents:
    """The parent of each unit, which nobody else changes until the commit."""
    await conn.execute(ALONE, tenant)
    return {row["key"]: row["parent"] for row in await conn.fetch(PARENTS, tenant)}


async def register(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Enter a unit; Refused where its parent is below it."""
    placed = below(ctx.tenant, given["key"], given.get("parent"))
    return await directory.register(db, ctx, UNITS, given, placed)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change a unit; Refused where its parent is below it."""
    unit = UNITS.read((await find(db, ctx, UNITS.table, reference, name="key")).text)
    placed = below(ctx.tenant, unit.key, given.get("parent"))
    return await directory.edit(db, ctx, UNITS, str(unit.id), given, placed)


def below(tenant: str, key: str, parent: str | None) -> Guard | None:
    """Refuses what would put the unit above itself; nothing to guard where it gets no parent."""
    if parent is None:
        return None

    async def sound(conn: "Connection[Any]") -> None:
        refused = circular(await forest(conn, tenant), {key: parent})
        if (found := refused.get(key)) is not None:
            raise Refused("cycle", found.message, (found,))

    return sound

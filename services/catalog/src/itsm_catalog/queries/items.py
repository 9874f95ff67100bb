"""Reads of configuration items and of their types."""

import json
from typing import Any, Final
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.timeline import Found, Place, happening, page_of

from itsm_catalog.queries import read
from itsm_catalog.rules.configuration_items import available
from itsm_catalog.rules.dependencies import not_ready
from itsm_catalog.tables import configuration_item, configuration_item_type
from itsm_catalog.tables.graph import retired_needs

TIMELINE: Final = page_of()
VERSIONS: Final = """
SELECT (envelope::json -> 'data')::text, time FROM event WHERE subject = $1 ORDER BY sequence DESC
"""


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states of an item, as the lifecycle allows them."""
    shown = json.loads((await read(db, ctx, configuration_item, reference)).text)
    identity = UUID(shown["id"])
    retired = (await retired_needs(db, ctx.tenant, [identity])).get(identity)
    unready = not_ready(shown["key"], "in_use", retired).detail if retired else None
    return {"status": shown["status"], "items": available(shown["status"], unready)}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened to an item, and to what it depends on directly."""
    shown = json.loads((await read(db, ctx, configuration_item, reference)).text)
    rows, after = await timelines.page(db, ctx.tenant, UUID(shown["id"]), TIMELINE, limit, start)
    return [happening(row) for row in rows], after


async def type_versions(db: Database, ctx: Context, reference: str) -> list[dict[str, Any]]:
    """Every version of a type, the newest first."""
    shown = json.loads((await read(db, ctx, configuration_item_type, reference)).text)
    rows = await db.fetch(VERSIONS, UUID(shown["id"]))
    return [json.loads(data) | {"issued_at": text(issued_at)} for data, issued_at in rows]

"""All items of a tenant with what they depend on, page by page, as an import takes them."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_catalog.rules.item_cells import ATTRIBUTE, CLEARED, DEPENDS_ON, FIELDS

PAGE: Final = 500
ITEMS: Final = """
SELECT item.key, item.card, ARRAY(
    SELECT dependency_key FROM dependency
    WHERE dependent_id = item.id AND dependency_kind = 'configuration_item' ORDER BY dependency_key
) AS depends_on
FROM configuration_item AS item
WHERE item.tenant = $1 AND item.key > $2 ORDER BY item.key LIMIT $3
"""
ATTRIBUTES: Final = """
SELECT DISTINCT json_object_keys(card::json -> 'attributes') AS name FROM configuration_item
WHERE tenant = $1 ORDER BY name
"""
SCHEMAS: Final = """
SELECT key, (card::json -> 'attributes_schema')::text FROM configuration_item_type WHERE tenant = $1
"""

Exported = dict[str, Any]


async def exported(db: Database, ctx: Context) -> AsyncIterator[list[Exported]]:
    """The items by key, in pages; each page as it is when it is read."""
    after = ""
    while rows := await db.fetch(ITEMS, ctx.tenant, after, PAGE):
        yield [fields(json.loads(card)) | {DEPENDS_ON: depends_on} for _, card, depends_on in rows]
        after = rows[-1]["key"]


def fields(shown: dict[str, Any]) -> Exported:
    """What an import takes of an item."""
    return {name: shown[name] for name in (*FIELDS, *CLEARED, "attributes")}


async def columns(db: Database, ctx: Context) -> list[str]:
    """The columns of a table that holds all items."""
    names = [row["name"] for row in await db.fetch(ATTRIBUTES, ctx.tenant)]
    return [*FIELDS, *CLEARED, DEPENDS_ON, *(f"{ATTRIBUTE}{name}" for name in names)]


async def schemas(db: Database, ctx: Context) -> dict[str, dict[str, Any]]:
    """The schema of each type, by its key."""
    return {key: json.loads(text) for key, text in await db.fetch(SCHEMAS, ctx.tenant)}

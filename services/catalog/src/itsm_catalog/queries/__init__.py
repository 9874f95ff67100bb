"""Reads: everybody in the tenant sees all of the catalog."""

import json
from typing import Any
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, find
from sqlalchemy import Table

VERSIONS = """
SELECT (envelope::json -> 'data')::text FROM event WHERE subject = $1 ORDER BY sequence DESC
"""
"""Each version as it was said, the newest first: an event is never changed, and neither is a version."""


async def read(db: Database, ctx: Context, table: Table, reference: str) -> Card:
    """One record by its id or key; raises Missing."""
    return await find(db, ctx, table, reference, name="key")


async def versions(
    db: Database, ctx: Context, table: Table, reference: str, *, said_as: str | None = None
) -> list[dict[str, Any]]:
    """Every version of a record, the newest first; raises Missing.

    `said_as` is the name that the version has in its event; None where it is the event's data itself.
    """
    card = await read(db, ctx, table, reference)
    rows = await db.fetch(VERSIONS, UUID(json.loads(card.text)["id"]))
    said = [json.loads(row[0]) for row in rows]
    return [data.pop(said_as) | data for data in said] if said_as else said

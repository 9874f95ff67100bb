"""Reads of the portfolio: everybody in the tenant sees all of it."""

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, find

from itsm_catalog.tables import service


async def read(db: Database, ctx: Context, reference: str) -> Card:
    """One service by its id or key; raises Missing."""
    return await find(db, ctx, service, reference, name="key")

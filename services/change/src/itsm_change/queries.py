"""Reads of changes. A requester sees only their own."""

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, Card, find
from itsm_chassis.store.tables import event
from sqlalchemy import ColumnElement, Table, bindparam, select

from itsm_change.tables import change


def own(table: Table) -> ColumnElement[bool]:
    """The caller is who asked for it."""
    return table.c.requester == ACTOR


OWN_EVENTS = event.c.record_id.in_(
    select(change.c.id).where(change.c.tenant == bindparam("tenant"), own(change))
)


async def read(db: Database, ctx: Context, reference: str) -> Card:
    """One change by its id or number; raises Missing."""
    scope = None if is_staff(ctx.roles) else own
    return await find(db, ctx, change, reference.upper(), name="number", scope=scope)


def feed_scope(ctx: Context) -> ColumnElement[bool] | None:
    """What restricts a caller's event feed; None shows all of the tenant's."""
    return None if is_staff(ctx.roles) else OWN_EVENTS

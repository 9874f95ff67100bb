"""Loading the relatives of an incident."""

from uuid import UUID

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import load
from sqlalchemy import bindparam, select

from itsm_incident.rules import card
from itsm_incident.rules.incident import Incident
from itsm_incident.tables import incident

CHILDREN = Compiled(
    select(incident.c.card)
    .where(incident.c.parent_id == bindparam("parent"), incident.c.tenant == bindparam("tenant"))
    .order_by(incident.c.id)
)


async def parent_of(db: Database, ctx: Context, child: Incident) -> Incident | None:
    """The incident that `child` names as its parent, if this tenant has it."""
    found = await load(db, incident, ctx.tenant, UUID(child.parent_id)) if child.parent_id else None
    return card.read(found.text) if found else None


async def children_of(db: Database, ctx: Context, parent: Incident) -> list[Incident]:
    """The incidents whose parent this is, in one order for every writer."""
    values = {"parent": UUID(parent.id), "tenant": ctx.tenant}
    rows = await db.fetch(CHILDREN.sql, *CHILDREN.args(values))
    return [card.read(row["card"]) for row in rows]

"""Loading the relatives of an incident."""

from uuid import UUID

from itsm_chassis.errors import Missing
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import shown
from sqlalchemy import bindparam, select

from itsm_incident.rules import card
from itsm_incident.rules.incident import Incident
from itsm_incident.tables import find, incident

CHILDREN = Compiled(
    select(shown(incident))
    .where(incident.c.parent_id == bindparam("parent"), incident.c.tenant == bindparam("tenant"))
    .order_by(incident.c.id)
)


FOLLOW_UP = Compiled(
    select(shown(incident))
    .where(incident.c.follows_id == bindparam("closed"), incident.c.tenant == bindparam("tenant"))
    .where(incident.c.status != "closed", incident.c.status != "cancelled")
    .order_by(incident.c.id.desc())
    .limit(1)
)


async def parent_of(db: Database, ctx: Context, child: Incident) -> Incident | None:
    """The incident that `child` names as its parent, if the caller may see it: a parent hands its
    resolution down, so that naming one must show nobody more than reading it would.
    """
    if child.parent_id is None:
        return None
    try:
        return card.read((await find(db, ctx, child.parent_id)).text)
    except Missing:
        return None


async def follow_up_of(db: Database, ctx: Context, closed: Incident) -> Incident | None:
    """The incident that an earlier reply to this closed one has opened, as long as it goes on."""
    values = {"closed": UUID(closed.id), "tenant": ctx.tenant}
    found = await db.fetchval(FOLLOW_UP.sql, *FOLLOW_UP.args(values))
    return card.read(found) if found else None


async def children_of(db: Database, ctx: Context, parent: Incident) -> list[Incident]:
    """The incidents whose parent this is, in one order for every writer."""
    values = {"parent": UUID(parent.id), "tenant": ctx.tenant}
    rows = await db.fetch(CHILDREN.sql, *CHILDREN.args(values))
    return [card.read(row["card"]) for row in rows]

"""The tables: incidents and who watches them. The chassis adds event, outbox, feed and the rest."""

from typing import Any

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.store import records
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, Card
from itsm_chassis.store.tables import declare, record_table
from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Index,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    exists,
    or_,
    select,
    union,
)

MOMENT = DateTime(timezone=True)

metadata = MetaData()
declare(metadata)

incident = record_table(
    "incident",
    metadata,
    Column("number", Text, nullable=False),
    Column("external_id", Text),
    Column("import_digest", LargeBinary, comment="of the imported line: tells unchanged from conflict"),
    Column("title", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("category", Text),
    Column("service", Text),
    Column("assignment_group", Text),
    Column("assignee", Text),
    Column("caller", Text),
    Column("opened_by", Text),
    Column("parent_id", Uuid),
    Column("follows_id", Uuid),
    Column("opened_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    Column("closing_from", MOMENT, comment="when the days to closing by itself began; null unless resolved"),
    UniqueConstraint("tenant", "number"),
    UniqueConstraint("tenant", "external_id"),
    Index("incident_opened", "tenant", "opened_at", "id"),
    Index("incident_updated", "tenant", "updated_at", "id"),
    Index("incident_status", "tenant", "status", "opened_at", "id"),
    Index("incident_priority", "tenant", "priority", "status", "opened_at", "id"),
    Index("incident_group", "tenant", "assignment_group", "status", "opened_at", "id"),
    Index("incident_assignee", "tenant", "assignee", "status", "opened_at", "id"),
    Index("incident_service", "tenant", "service", "status", "opened_at", "id"),
    Index("incident_caller", "tenant", "caller", "opened_at", "id"),
    Index("incident_opened_by", "tenant", "opened_by", "opened_at", "id"),
)
Index("incident_parent", incident.c.parent_id, postgresql_where=incident.c.parent_id.isnot(None))
Index("incident_follows", incident.c.follows_id, postgresql_where=incident.c.follows_id.isnot(None))
Index("incident_closing", incident.c.closing_from, postgresql_where=incident.c.closing_from.isnot(None))

incident_number = Sequence("incident_number", metadata=metadata)

watcher = record_table(
    "watcher",
    metadata,
    Column("incident_id", Uuid, nullable=False),
    Column("watcher", Text, nullable=False),
    UniqueConstraint("incident_id", "watcher"),
    Index("watcher_person", "tenant", "watcher", "incident_id"),
)


def visible(_: Table) -> ColumnElement[bool]:
    """What a requester sees: what they opened, are caller of or watch."""
    mine = (watcher.c.incident_id == incident.c.id) & (watcher.c.watcher == ACTOR)
    watched = exists(select(watcher.c.id).where(mine, watcher.c.tenant == incident.c.tenant))
    return or_(incident.c.caller == ACTOR, incident.c.opened_by == ACTOR, watched)


def own() -> CompoundSelect[Any]:
    """The ids of the same, for lists and the feed: three index scans, however many records others have."""
    tenant = bindparam("tenant", type_=Text)
    mine = incident.alias()
    called = select(mine.c.id).where(mine.c.tenant == tenant, mine.c.caller == ACTOR)
    opened = select(mine.c.id).where(mine.c.tenant == tenant, mine.c.opened_by == ACTOR)
    watched = select(watcher.c.incident_id).where(watcher.c.tenant == tenant, watcher.c.watcher == ACTOR)
    return union(called, opened, watched)


async def find(db: Database, ctx: Context, reference: str) -> Card:
    """The incident behind an id or a number (INC-000123), if the caller may see it; else Missing."""
    scope = None if is_staff(ctx.roles) else visible
    return await records.find(db, ctx, incident, reference.upper(), name="number", scope=scope)

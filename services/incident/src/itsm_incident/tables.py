"""The tables: incidents, who watches them, their SLA clocks, rules. The chassis adds event and the rest."""

import json
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, get_args
from uuid import UUID

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.clock import text
from itsm_chassis.store import records
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, Card
from itsm_chassis.store.tables import APPEND_ONLY, declare, event, record_table
from itsm_events.escalation import EscalationApplied
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    exists,
    func,
    or_,
    select,
    union,
)

from itsm_incident.rules.clock_summary import SLA_STATES
from itsm_incident.rules.escalation_rule import Rule
from itsm_incident.rules.escalation_rule import read as read_rule
from itsm_incident.rules.incident import Status
from itsm_incident.rules.priority import PRIORITIES

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

MOMENT = DateTime(timezone=True)
NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands in `sla_due_at` for none: a column without nulls is sorted and paged by its index alone."""

metadata = MetaData()
declare(metadata)

incident = record_table(
    "incident",
    metadata,
    Column("number", Text, nullable=False),
    Column("external_id", Text),
    Column("import_digest", LargeBinary, comment="of the imported line: tells unchanged from conflict"),
    Column("title", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("priority", Text, nullable=False, info={"values": PRIORITIES}),
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
    Column("escalation_level", Integer, nullable=False, server_default="0"),
    Column("escalated_at", MOMENT),
    Column(
        "escalation",
        Text,
        nullable=False,
        server_default=',"escalation_level":0,"escalated_at":null',
        comment="both of them as they continue the card",
    ),
    Column("sla_due_at", MOMENT, nullable=False, server_default="9999-12-31T00:00:00Z"),
    Column("sla_state", Text, nullable=False, server_default="none", info={"values": SLA_STATES}),
    Column(
        "sla",
        Text,
        nullable=False,
        server_default=',"sla_due_at":null,"sla_state":"none"',
        comment="the end of the representation, behind the card; kept by the clocks, raises no version",
    ),
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
    # State and priority stand behind the order, so that those that do not fit are passed over in the index:
    # of what is closed nothing is due, and it comes after everything that is.
    Index("incident_sla_due", "tenant", "sla_due_at", "id", "status", "priority"),
    Index("incident_sla_state", "tenant", "sla_state", "sla_due_at", "id"),
)
SLA_COLUMNS: Final = frozenset({"sla_due_at", "sla_state", "sla"})
"""What the clocks write and commands never do."""

incident.info["shown"] = (
    func.left(incident.c.card, -1).op("||")(incident.c.escalation).op("||")(incident.c.sla).op("||")("}")
)
Index("incident_escalation_level", incident.c.tenant, incident.c.escalation_level, incident.c.id)
Index("incident_escalated", incident.c.tenant, incident.c.escalated_at, incident.c.id)
Index(
    "incident_escalated_last",
    incident.c.tenant,
    incident.c.escalated_at.desc().nulls_last(),
    incident.c.id.desc(),
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

service_level = Table(
    "service_level",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False, comment="policy or calendar"),
    Column("key", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("form", Text, nullable=False, comment="the engine's form of it, as JSON"),
    UniqueConstraint("tenant", "kind", "key", "version"),
    comment="our copy of what the catalog has agreed",
    info=APPEND_ONLY,
)

clock_set = Table(
    "clock_set",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the incident's"),
    Column("tenant", Text, nullable=False),
    Column("through", Integer, nullable=False, comment="sequence of the last event that the clocks know"),
    Column("known_at", MOMENT, nullable=False, comment="versions issued later do not touch it"),
    Column("imported_until", MOMENT, comment="when history was imported: what fell due before is no news"),
    Column("pins", Text, nullable=False, comment="JSON: the versions behind the clocks, by policy"),
    Column("clocks", Text, nullable=False, comment="JSON: each clock as it was last told"),
    Column("next_at", MOMENT, comment="when the next threshold fires; null: none will"),
    Column("recount_at", MOMENT, comment="an event or a version has come in: count anew from then on"),
    Index("clock_set_known", "tenant", "known_at"),
    comment="the SLA clocks of each incident",
)
Index(
    "clock_set_next",
    clock_set.c.next_at,
    postgresql_where=clock_set.c.next_at.isnot(None) & clock_set.c.recount_at.is_(None),
)
Index("clock_set_recount", clock_set.c.recount_at, postgresql_where=clock_set.c.recount_at.isnot(None))

suspect = Table(
    "suspect",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the pair of a change and an incident"),
    Column("tenant", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("incident_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("said", Text, nullable=False, comment="JSON: what was said of it last"),
    Index("suspect_incident", "incident_id"),
    comment="our copy of the changes that the change service suspects",
)

escalation_rule = record_table(
    "escalation_rule",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("threshold", Integer, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("escalation_rule_name", "tenant", "name", "id"),
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


RULES: Final = Compiled(
    select(escalation_rule.c.tenant, escalation_rule.c.card)
    .where(escalation_rule.c.tenant == func.any(bindparam("tenants", type_=ARRAY(Text))))
    .where(escalation_rule.c.active)
    .order_by(escalation_rule.c.tenant, escalation_rule.c.key)
)
APPLIED: Final = Compiled(
    select(event.c.subject, event.c.recorded_at, event.c.envelope)
    .where(event.c.record_id == func.any(bindparam("records", type_=ARRAY(Uuid))))
    .where(event.c.type == EscalationApplied.type)
    .order_by(event.c.recorded_at, event.c.id)
)


async def active_rules(conn: "Connection[Any]", tenants: list[str]) -> dict[str, tuple[Rule, ...]]:
    """The escalation rules of these tenants that act, in the order of their keys."""
    rows = await conn.fetch(RULES.sql, *RULES.args({"tenants": tenants}))
    return {
        tenant: tuple(read_rule(row["card"]) for row in mine)
        for tenant, mine in groupby(rows, lambda row: str(row["tenant"]))
    }


async def applied_to(conn: "Connection[Any]", records: list[UUID]) -> dict[UUID, dict[str, Any]]:
    """The escalations of these incidents by their ids: what was said of each, and `applied_at`."""
    rows = await conn.fetch(APPLIED.sql, *APPLIED.args({"records": records}))
    return {
        row["subject"]: json.loads(row["envelope"])["data"] | {"applied_at": text(row["recorded_at"])}
        for row in rows
    }


async def find(db: Database, ctx: Context, reference: str) -> Card:
    """The incident behind an id or a number (INC-000123), if the caller may see it; else Missing."""
    scope = None if is_staff(ctx.roles) else visible
    return await records.find(db, ctx, incident, reference.upper(), name="number", scope=scope)

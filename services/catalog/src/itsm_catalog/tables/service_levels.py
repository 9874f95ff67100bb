"""Calendars and policies: the row shows the latest version; the earlier ones stand in their events."""

from itsm_chassis.store.tables import MOMENT, record_table
from itsm_sla.policy import KINDS
from sqlalchemy import Boolean, Column, Index, Text, UniqueConstraint

from itsm_catalog.tables.metadata import metadata

calendar = record_table(
    "calendar",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("valid_from", MOMENT, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("calendar_name", "tenant", "name", "id"),
)

sla_policy = record_table(
    "sla_policy",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False, info={"values": KINDS}),
    Column("calendar", Text, nullable=False),
    Column("valid_from", MOMENT, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    Column("retired", Boolean, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("sla_policy_name", "tenant", "name", "id"),
)

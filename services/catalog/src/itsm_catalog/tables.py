"""The tables of the catalog. The chassis adds event, outbox, feed and the rest.

Of a calendar or policy the row shows the latest version; the earlier ones stand in their events.
"""

from typing import get_args

from itsm_chassis.store.tables import MOMENT, declare, record_table
from itsm_sla.policy import KINDS
from sqlalchemy import Boolean, Column, Index, MetaData, Text, UniqueConstraint

from itsm_catalog.rules.portfolio import Status

metadata = MetaData()
declare(metadata)

service = record_table(
    "service",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("owner", Text, nullable=False),
    Column("business_unit", Text),
    Column("proposed_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("service_name", "tenant", "name", "id"),
    Index("service_proposed", "tenant", "proposed_at", "id"),
)

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

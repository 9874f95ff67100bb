"""The table of portfolio services. The chassis adds event, outbox, feed and the rest."""

from itsm_chassis.store.tables import MOMENT, declare, record_table
from sqlalchemy import Column, Index, MetaData, Text, UniqueConstraint

metadata = MetaData()
declare(metadata)

service = record_table(
    "service",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("business_unit", Text),
    Column("proposed_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("service_name", "tenant", "name", "id"),
    Index("service_proposed", "tenant", "proposed_at", "id"),
)

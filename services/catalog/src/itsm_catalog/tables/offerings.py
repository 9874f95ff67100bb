"""Offerings: the row shows the latest version; the earlier ones stand in their events."""

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import Boolean, Column, Index, Integer, Text, UniqueConstraint

from itsm_catalog.tables.metadata import metadata

offering = record_table(
    "offering",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("category", Text),
    Column("delivery_time_s", Integer),
    Column("issued_at", MOMENT, nullable=False),
    Column("retired", Boolean, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("offering_name", "tenant", "name", "id"),
    Index("offering_service", "tenant", "service", "retired"),
)

"""The service portfolio."""

from typing import get_args

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import Column, Index, Text, UniqueConstraint

from itsm_catalog.rules.portfolio import Status
from itsm_catalog.tables.metadata import metadata

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

"""The service portfolio, and what is asked of it."""

from typing import get_args

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from itsm_catalog.rules.portfolio import Criticality, Status
from itsm_catalog.tables.metadata import metadata

service = record_table(
    "service",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("owner", Text),
    Column("business_unit", Text),
    Column("criticality", Text, info={"values": get_args(Criticality)}),
    Column("sla_policy", Text),
    Column("proposed_at", MOMENT, nullable=False),
    Column("live_at", MOMENT),
    UniqueConstraint("tenant", "key"),
    Index("service_name", "tenant", "name", "id"),
    Index("service_proposed", "tenant", "proposed_at", "id"),
)

demand = Table(
    "demand",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("service", Text, nullable=False, comment="its key, as those who ask name it"),
    Column("month", Date, nullable=False, comment="its first day, in UTC"),
    Column("kind", Text, nullable=False, comment="incident or request"),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("tenant", "service", "month", "kind"),
    comment="incidents opened and requests submitted, as the bus told",
)

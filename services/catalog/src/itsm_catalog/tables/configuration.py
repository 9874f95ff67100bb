"""Configuration items, their types, and what depends on what."""

from typing import get_args

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint, Uuid

from itsm_catalog.rules.configuration_items import Environment, Status
from itsm_catalog.tables.metadata import metadata

configuration_item_type = record_table(
    "configuration_item_type",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("configuration_item_type_name", "tenant", "name", "id"),
)

configuration_item = record_table(
    "configuration_item",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("ci_type", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("environment", Text, nullable=False, info={"values": get_args(Environment)}),
    Column("owner", Text),
    Column("assignment_group", Text),
    Column("location", Text),
    Column("registered_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("configuration_item_name", "tenant", "name", "id"),
    Index("configuration_item_type_of", "tenant", "ci_type", "name", "id"),
    Index("configuration_item_updated", "tenant", "updated_at", "id"),
)

# Both ends are never deleted and keep their keys, so an edge may repeat these.
dependency = record_table(
    "dependency",
    metadata,
    Column("dependent_id", Uuid, nullable=False),
    Column("dependent_kind", Text, nullable=False),
    Column("dependent_key", Text, nullable=False),
    Column("dependency_id", Uuid, nullable=False),
    Column("dependency_kind", Text, nullable=False),
    Column("dependency_key", Text, nullable=False),
    Column("added_at", MOMENT, nullable=False),
    UniqueConstraint("dependent_id", "dependency_id"),
    Index("dependency_needed_by", "dependency_id", "dependent_id"),
    Index("dependency_dependent", "tenant", "dependent_key", "id"),
    Index("dependency_dependency", "tenant", "dependency_key", "id"),
)

dependency_graph = Table(
    "dependency_graph",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("turn", BigInteger, nullable=False, comment="whoever raises it is the only one to add edges"),
)

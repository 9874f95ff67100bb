"""Our copy of the catalog's facts: by tenant and key, as the event of the highest sequence told them.

People are opaque ids. What is absent is not known here, which is not the same as not there.
"""

from itsm_chassis.store.tables import MOMENT
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)

from itsm_change.tables.metadata import metadata

service = Table(
    "service",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("criticality", Text),
    PrimaryKeyConstraint("tenant", "key"),
)

configuration_item = Table(
    "configuration_item",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("ci_type", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "key"),
)

dependency = Table(
    "dependency",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the edge, a subject of its own"),
    Column("tenant", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("dependent_kind", Text, nullable=False),
    Column("dependent_key", Text, nullable=False),
    Column("dependency_kind", Text, nullable=False),
    Column("dependency_key", Text, nullable=False),
    Column("present", Boolean, nullable=False, comment="false once it was removed"),
    comment="dependent needs dependency",
)
Index(
    "dependency_down",
    dependency.c.tenant,
    dependency.c.dependent_kind,
    dependency.c.dependent_key,
    postgresql_where=dependency.c.present,
)
Index(
    "dependency_up",
    dependency.c.tenant,
    dependency.c.dependency_kind,
    dependency.c.dependency_key,
    postgresql_where=dependency.c.present,
)

people_group = Table(
    "people_group",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("members", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("tenant", "key"),
)

person = Table(
    "person",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False, comment="the opaque id"),
    Column("sequence", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("delegate", Text),
    Column("delegate_from", MOMENT),
    Column("delegate_until", MOMENT),
    PrimaryKeyConstraint("tenant", "key"),
)
Index("person_delegate", person.c.tenant, person.c.delegate, postgresql_where=person.c.delegate.isnot(None))

"""What attribution looks at: our copy of the incidents, what they and the changes concern; and suspects."""

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from itsm_change.tables.metadata import metadata

incident = Table(
    "incident",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("service", Text),
    Column("opened_at", MOMENT, nullable=False),
    Column("imported", Boolean, nullable=False),
    Column("caused_by", Text, comment="the change that the incident names: an id, a number, an external_id"),
    Column("caused_by_at", MOMENT, comment="when it was named, or the name was taken back"),
    Column("caused_by_actor", Text, comment="opaque id"),
    comment="our copy of the incidents",
)
Index(
    "incident_caused_by",
    incident.c.tenant,
    incident.c.caused_by,
    postgresql_where=incident.c.caused_by.isnot(None),
)

affected = Table(
    "affected",
    metadata,
    Column("incident_id", Uuid, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("incident_id", "kind", "key"),
    Index("affected_node", "tenant", "kind", "key", "opened_at"),
    comment="the service and the items of each incident",
)

touched = Table(
    "touched",
    metadata,
    Column("change_id", Uuid, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("implemented_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("change_id", "kind", "key"),
    Index("touched_node", "tenant", "kind", "key", "implemented_at"),
    comment="the services and the items of each change that was implemented",
)

suspect = record_table(
    "suspect",
    metadata,
    Column("change_id", Uuid, nullable=False),
    Column("incident_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    UniqueConstraint("change_id", "incident_id"),
    Index("suspect_incident", "incident_id", "state"),
)

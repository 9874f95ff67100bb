"""When changes may happen: windows and freezes; and what follows: conflicts, risk, links to the calendar."""

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from itsm_change.tables.metadata import metadata


def window_table(name: str) -> Table:
    """A table of times that recur or not."""
    return record_table(
        name,
        metadata,
        Column("key", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("services", ARRAY(Text), nullable=False),
        Column("configuration_items", ARRAY(Text), nullable=False),
        Column("starts_at", MOMENT, nullable=False),
        Column("over_at", MOMENT, comment="when the only occurrence ends; null where it recurs"),
        UniqueConstraint("tenant", "key"),
        Index(f"{name}_starts", "tenant", "starts_at", "id"),
    )


maintenance_window = window_table("maintenance_window")
change_freeze = window_table("change_freeze")

conflict = record_table(
    "conflict",
    metadata,
    Column("change_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("other_id", Uuid, nullable=False),
    Column("present", Boolean, nullable=False),
    Column("accepted", Boolean, nullable=False),
    Index("conflict_change", "change_id"),
    Index("conflict_other", "other_id"),
)

assessment = Table(
    "assessment",
    metadata,
    Column("id", Uuid, primary_key=True, comment="the change"),
    Column("tenant", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the risk, a subject of its own"),
    Column("card", Text, comment="the risk as it was said last"),
    Column("marks", BigInteger, nullable=False, comment="how often something that it follows from moved"),
    Column("due_at", MOMENT, comment="when conflicts and risk are worked out anew; null: never"),
    Index("assessment_due", "due_at"),
)

risk_model = record_table(
    "risk_model",
    metadata,
    Column("key", Text, nullable=False),
    UniqueConstraint("tenant", "key"),
)

calendar_link = record_table(
    "calendar_link",
    metadata,
    Column("person", Text, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Index("calendar_link_person", "tenant", "person", "created_at", "id"),
)

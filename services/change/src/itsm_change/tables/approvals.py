"""Approval steps, the policies that ask for them, and the meetings in which they are voted."""

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import ARRAY, Boolean, Column, Index, Integer, Text, UniqueConstraint, Uuid

from itsm_change.tables.metadata import metadata

approval = record_table(
    "approval",
    metadata,
    Column("change_id", Uuid, nullable=False),
    Column("step", Integer, nullable=False),
    Column("group", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("voters", ARRAY(Text), nullable=False, comment="opaque ids"),
    Column("waiting", ARRAY(Text), nullable=False, comment="those who have not voted"),
    Column("asked_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT),
    Index("approval_change", "change_id", "asked_at"),
    Index("approval_asked", "tenant", "asked_at", "id"),
)
Index(
    "approval_waiting",
    approval.c.waiting,
    postgresql_using="gin",
    postgresql_where=approval.c.status == "pending",
)
Index("approval_expiring", approval.c.expires_at, postgresql_where=approval.c.status == "pending")

approval_policy = record_table(
    "approval_policy",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("retired", Boolean, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("approval_policy_rank", "tenant", "rank", "id"),
)

cab_meeting = record_table(
    "cab_meeting",
    metadata,
    Column("group", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("starts_at", MOMENT, nullable=False),
    Index("cab_meeting_starts", "tenant", "starts_at", "id"),
)

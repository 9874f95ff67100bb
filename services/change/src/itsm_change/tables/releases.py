"""Releases and deployments."""

from typing import Final, get_args

from itsm_chassis.store.tables import MOMENT, record_table
from sqlalchemy import ARRAY, Boolean, Column, Index, Sequence, Text, UniqueConstraint, Uuid

from itsm_change.rules.deployment import Environment, Outcome
from itsm_change.rules.release import ENDED, Status
from itsm_change.tables.metadata import metadata

release = record_table(
    "release",
    metadata,
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False, info={"values": get_args(Status)}),
    Column("service", Text),
    Column("assignment_group", Text),
    Column("manager", Text),
    Column("planned_start", MOMENT),
    Column("planned_at", MOMENT, nullable=False),
    Column("deployed_at", MOMENT),
    Column("change_ids", ARRAY(Uuid), nullable=False),
    UniqueConstraint("tenant", "number"),
    Index("release_planned", "tenant", "planned_at", "id"),
    Index("release_starts", "tenant", "planned_start", "id"),
    Index("release_status", "tenant", "status", "planned_at", "id"),
    Index("release_changes", "change_ids", postgresql_using="gin"),
)
release_number = Sequence("release_number", metadata=metadata)

ELSEWHERE: Final = f"""
SELECT number, change_ids FROM release WHERE tenant = $1 AND id <> $2 AND change_ids && $3::uuid[]
    AND status NOT IN ({", ".join(f"'{each}'" for each in sorted(ENDED))}) ORDER BY number
"""  # noqa: S608  # our own words
"""Other releases that have not ended and group one of these changes."""

deployment = record_table(
    "deployment",
    metadata,
    Column("external_id", Text, nullable=False, comment="the pipeline's name for it"),
    Column("service", Text, nullable=False),
    Column("environment", Text, nullable=False, info={"values": get_args(Environment)}),
    Column("commit", Text, nullable=False),
    Column("outcome", Text, nullable=False, info={"values": get_args(Outcome)}),
    Column("unauthorized", Boolean, nullable=False),
    Column("change_id", Uuid),
    Column("release_id", Uuid),
    Column("started_at", MOMENT, nullable=False),
    Column("finished_at", MOMENT),
    UniqueConstraint("tenant", "external_id"),
    Index("deployment_started", "tenant", "started_at", "id"),
    Index("deployment_service", "tenant", "service", "environment", "started_at", "id"),
    Index("deployment_outcome", "tenant", "outcome", "started_at", "id"),
    Index("deployment_change", "change_id"),
    Index("deployment_release", "release_id"),
)

"""Production deployments that have ended, folded from the raw events."""

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid

from itsm_metrics.tables.metadata import metadata

deployed = Table(
    "deployed",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("subject", Uuid, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, comment="when it ended"),
    Column("service", Text, nullable=False),
    Column(
        "unit", Text, nullable=False, comment="what counts once for a service: a release, a change, itself"
    ),
    Column("change", Uuid),
    Column("external_id", Text, nullable=False, comment="the name that its pipeline gave it"),
    Column("mends", Text, comment="the external_id of the one that it reverts or fixes"),
    Column("committed_at", DateTime(timezone=True), comment="its first commit, where that is known"),
    Column("failed", Boolean, nullable=False, comment="it failed or was rolled back"),
    Column("undone_at", DateTime(timezone=True), comment="when it was rolled back"),
    Column("template", Text),
    Index("deployed_period", "tenant", "at"),
    Index("deployed_unit", "tenant", "service", "unit"),
    Index("deployed_change", "tenant", "change"),
    Index("deployed_mending", "tenant", "mends"),
)

"""Calendars and service level policies."""

from itsm_chassis.store import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE calendar (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX calendar_name ON calendar (tenant, name, id);
CREATE TABLE sla_policy (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    calendar TEXT NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired BOOLEAN NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX sla_policy_name ON sla_policy (tenant, name, id);
"""


def upgrade() -> None:
    """Add both tables."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What was agreed is kept for good."""
    raise NotImplementedError("Calendars and policies are not thrown away: restore a backup instead.")

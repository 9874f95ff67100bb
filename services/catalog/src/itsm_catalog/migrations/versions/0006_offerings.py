"""Offerings."""

from itsm_chassis.store import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE offering (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    service TEXT NOT NULL,
    category TEXT,
    delivery_time_s INTEGER,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired BOOLEAN NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX offering_name ON offering (tenant, name, id);
CREATE INDEX offering_service ON offering (tenant, service, retired);
"""


def upgrade() -> None:
    """Add the table."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What was offered is kept for good."""
    raise NotImplementedError("Offerings are not thrown away: restore a backup instead.")

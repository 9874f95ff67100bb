"""Portfolio services, and the chassis's tables."""

from itsm_chassis.store import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SERVICES = """
CREATE TABLE service (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    business_unit TEXT,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX service_name ON service (tenant, name, id);
CREATE INDEX service_proposed ON service (tenant, proposed_at, id);
"""


def upgrade() -> None:
    """Create every table."""
    schema.create()
    schema.execute(SERVICES)


def downgrade() -> None:
    """Services and their events are kept for good."""
    raise NotImplementedError("The first migration has nothing to go back to: restore a backup instead.")

"""Changes, and the chassis's tables."""

from itsm_chassis.store import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CHANGES = """
CREATE SEQUENCE change_number;
CREATE TABLE change (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    change_type TEXT NOT NULL,
    status TEXT NOT NULL,
    service TEXT,
    requester TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, number)
);
CREATE INDEX change_requested ON change (tenant, requested_at, id);
CREATE INDEX change_status ON change (tenant, status, requested_at, id);
CREATE INDEX change_service ON change (tenant, service, requested_at, id);
CREATE INDEX change_requester ON change (tenant, requester, requested_at, id);
"""


def upgrade() -> None:
    """Create every table."""
    schema.create()
    schema.execute(CHANGES)


def downgrade() -> None:
    """Changes and their events are kept for good."""
    raise NotImplementedError("The first migration has nothing to go back to: restore a backup instead.")

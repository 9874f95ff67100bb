"""The improvement register."""

from itsm_chassis.store import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

REGISTER = """
CREATE SEQUENCE improvement_number;
CREATE TABLE improvement (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    reference TEXT,
    priority TEXT,
    owner TEXT,
    business_unit TEXT,
    service TEXT,
    kpi TEXT,
    verdict TEXT,
    identified_at TIMESTAMP WITH TIME ZONE NOT NULL,
    planned_end TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (tenant, number)
);
CREATE INDEX improvement_identified ON improvement (tenant, identified_at, id);
CREATE INDEX improvement_status ON improvement (tenant, status, identified_at, id);
CREATE INDEX improvement_service ON improvement (tenant, service, identified_at, id);
"""


def upgrade() -> None:
    """Add it."""
    schema.execute(REGISTER)


def downgrade() -> None:
    """What was decided is kept for good."""
    raise NotImplementedError("Improvements are not thrown away: restore a backup instead.")

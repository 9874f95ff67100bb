"""Findings among the figures, and what is looked for."""

from itsm_chassis.store import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FINDINGS = """
CREATE TABLE finding (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    kind TEXT NOT NULL,
    service TEXT,
    assignment_group TEXT,
    status TEXT NOT NULL,
    present BOOLEAN NOT NULL,
    sightings INTEGER NOT NULL,
    first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX finding_seen ON finding (tenant, last_seen_at, id);
CREATE TABLE watch_policy (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    edition INTEGER NOT NULL,
    UNIQUE (tenant, edition)
);
CREATE TABLE watch_scan (
    tenant TEXT PRIMARY KEY,
    scanned_at TIMESTAMP WITH TIME ZONE NOT NULL
);
"""


def upgrade() -> None:
    """Add them."""
    schema.execute(FINDINGS)


def downgrade() -> None:
    """What was found is kept for good."""
    raise NotImplementedError("Findings are not thrown away: restore a backup instead.")

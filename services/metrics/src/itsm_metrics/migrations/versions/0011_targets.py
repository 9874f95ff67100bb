"""Critical success factors and their targets."""

from itsm_chassis.store import schema

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TARGETS = """
CREATE TABLE success_factor (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    status TEXT NOT NULL,
    UNIQUE (tenant, key)
);
CREATE TABLE target (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    success_factor TEXT NOT NULL,
    kpi TEXT NOT NULL,
    service TEXT,
    business_unit TEXT,
    period TEXT NOT NULL,
    owner TEXT NOT NULL,
    status TEXT NOT NULL,
    band TEXT NOT NULL,
    breached_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (tenant, key)
);
CREATE INDEX target_success_factor ON target (tenant, success_factor);
CREATE TABLE target_round (
    tenant TEXT PRIMARY KEY,
    evaluated_at TIMESTAMP WITH TIME ZONE NOT NULL
);
"""


def upgrade() -> None:
    """Add them."""
    schema.execute(TARGETS)


def downgrade() -> None:
    """What was promised is kept for good."""
    raise NotImplementedError("Targets are not thrown away: restore a backup instead.")

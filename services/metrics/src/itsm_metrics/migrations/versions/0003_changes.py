"""Which change may have caused, or did cause, which incident. `rebuild` fills it for the past."""

from itsm_chassis.store import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANGES = """
CREATE TABLE suspicion (
    tenant TEXT NOT NULL,
    subject UUID NOT NULL,
    change UUID NOT NULL,
    incident UUID NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    confirmed BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, subject)
);
CREATE INDEX suspicion_of_change ON suspicion (tenant, change);
COMMENT ON COLUMN suspicion.opened_at IS 'when the incident was';
COMMENT ON COLUMN suspicion.confirmed IS 'false: suspected, and nobody has judged';
"""


def upgrade() -> None:
    """Create it."""
    schema.execute(CHANGES)

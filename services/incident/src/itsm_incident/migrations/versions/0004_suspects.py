"""The changes that are suspected of having caused an incident."""

from itsm_chassis.store import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SUSPECT = """
CREATE TABLE suspect (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    incident_id UUID NOT NULL,
    state TEXT NOT NULL,
    said TEXT NOT NULL
);
CREATE INDEX suspect_incident ON suspect (incident_id);
COMMENT ON TABLE suspect IS 'our copy of the changes that the change service suspects';
COMMENT ON COLUMN suspect.id IS 'the pair of a change and an incident';
COMMENT ON COLUMN suspect.said IS 'JSON: what was said of it last';
"""


def upgrade() -> None:
    """Add the table."""
    schema.execute(SUSPECT)


def downgrade() -> None:
    """Nothing goes back: an older version runs beside the table without it."""
    raise NotImplementedError("Restore a backup instead.")

"""Offering and business unit of a fact; what was agreed about services. `rebuild` fills them for the past."""

from itsm_chassis.store import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SERVICES = """
ALTER TABLE measurement ADD COLUMN offering TEXT, ADD COLUMN business_unit TEXT;
ALTER TABLE span ADD COLUMN offering TEXT, ADD COLUMN business_unit TEXT;
CREATE TABLE term (
    tenant TEXT NOT NULL,
    subject UUID NOT NULL,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (tenant, subject, ordinal)
);
CREATE INDEX term_of_key ON term (tenant, kind, key);
COMMENT ON COLUMN term.kind IS 'service, calendar or maintenance';
COMMENT ON COLUMN term.since IS 'from when on it holds, until the next of its subject';
COMMENT ON COLUMN term.form IS 'what was agreed, as JSON';
"""


def upgrade() -> None:
    """Add them; adding a column without a default rewrites nothing."""
    schema.execute(SERVICES)

"""Surveys of how content people are, and the policies that say who is asked."""

from itsm_chassis.store import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SURVEYS = """
CREATE TABLE survey (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    external_id TEXT,
    import_digest BYTEA,
    record UUID,
    record_type TEXT NOT NULL,
    number TEXT NOT NULL,
    person TEXT NOT NULL,
    service TEXT,
    assignment_group TEXT,
    priority TEXT,
    status TEXT NOT NULL,
    score INTEGER,
    sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (tenant, record),
    UNIQUE (tenant, external_id)
);
CREATE INDEX survey_sent ON survey (tenant, sent_at, id);
CREATE INDEX survey_answered ON survey (tenant, answered_at, id);
CREATE INDEX survey_person ON survey (tenant, person, sent_at);
CREATE INDEX survey_due ON survey (status, expires_at);
COMMENT ON COLUMN survey.import_digest IS 'of the imported line: tells unchanged from conflict';
COMMENT ON COLUMN survey.record IS 'null: it is known by its number alone';
COMMENT ON COLUMN survey.person IS 'an opaque id, as it came over the bus';
CREATE TABLE survey_policy (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    edition INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (tenant, edition)
);
"""


def upgrade() -> None:
    """Create them."""
    schema.execute(SURVEYS)

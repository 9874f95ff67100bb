"""Escalation rules, where an incident shows that a rule has flagged it, and an index for what is closed."""

from itsm_chassis.store import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE incident ADD COLUMN escalation_level INTEGER DEFAULT '0' NOT NULL;
ALTER TABLE incident ADD COLUMN escalated_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE incident ADD COLUMN escalation TEXT
DEFAULT ',"escalation_level"\\:0,"escalated_at"\\:null' NOT NULL;
COMMENT ON COLUMN incident.escalation IS 'both of them as they continue the card';
CREATE INDEX incident_escalation_level ON incident (tenant, escalation_level, id);
CREATE INDEX incident_escalated ON incident (tenant, escalated_at, id);
CREATE INDEX incident_escalated_last ON incident (tenant, escalated_at DESC NULLS LAST, id DESC);
DROP INDEX incident_sla_due;
CREATE INDEX incident_sla_due ON incident (tenant, sla_due_at, id, status, priority);
CREATE TABLE escalation_rule (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    threshold INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (tenant, key)
);
CREATE INDEX escalation_rule_name ON escalation_rule (tenant, name, id);
"""


def upgrade() -> None:
    """Cards that are stored stay as they are: what is new stands behind them."""
    schema.execute(TABLES)

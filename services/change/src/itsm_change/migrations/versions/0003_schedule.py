"""Maintenance windows, freezes, conflicts, risk, and links to the calendar."""

from itsm_chassis.store import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CHANGE = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE change ADD COLUMN has_conflicts BOOLEAN DEFAULT 'false' NOT NULL;
CREATE INDEX change_time ON change
    USING gist (tenant, tstzrange(planned_start, GREATEST(planned_start, planned_end)))
    WHERE planned_end IS NOT NULL;
CREATE INDEX change_group_history ON change (tenant, assignment_group, closed_at);
"""
"""btree_gist is a trusted extension: whoever owns the database may create it."""

WINDOWS = """
CREATE TABLE {name} (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    services TEXT[] NOT NULL,
    configuration_items TEXT[] NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    over_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (tenant, key)
);
CREATE INDEX {name}_starts ON {name} (tenant, starts_at, id);
COMMENT ON COLUMN {name}.over_at IS 'when the only occurrence ends; null where it recurs';
"""

TABLES = """
CREATE TABLE conflict (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    change_id UUID NOT NULL,
    kind TEXT NOT NULL,
    other_id UUID NOT NULL,
    present BOOLEAN NOT NULL,
    accepted BOOLEAN NOT NULL
);
CREATE INDEX conflict_change ON conflict (change_id);
CREATE INDEX conflict_other ON conflict (other_id);
CREATE TABLE assessment (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT,
    marks BIGINT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE
);
CREATE INDEX assessment_due ON assessment (due_at);
COMMENT ON COLUMN assessment.id IS 'the change';
COMMENT ON COLUMN assessment.version IS 'of the risk, a subject of its own';
COMMENT ON COLUMN assessment.card IS 'the risk as it was said last';
COMMENT ON COLUMN assessment.marks IS 'how often something that it follows from moved';
COMMENT ON COLUMN assessment.due_at IS 'when conflicts and risk are worked out anew; null: never';
INSERT INTO assessment (id, tenant, version, marks, due_at) SELECT id, tenant, 0, 1, 'epoch' FROM change;
CREATE TABLE risk_model (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    UNIQUE (tenant, key)
);
CREATE TABLE calendar_link (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    person TEXT NOT NULL,
    revoked BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL
);
CREATE INDEX calendar_link_person ON calendar_link (tenant, person, created_at, id);
"""


def upgrade() -> None:
    """Add them, and have the changes that are there assessed."""
    schema.execute(CHANGE)
    for name in ("maintenance_window", "change_freeze"):
        schema.execute(WINDOWS.format(name=name))
    schema.execute(TABLES)


def downgrade() -> None:
    """What was decided is kept for good."""
    raise NotImplementedError("Windows and what was accepted are not thrown away: restore a backup instead.")

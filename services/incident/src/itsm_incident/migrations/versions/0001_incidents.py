"""Incidents, their watchers, and the chassis's tables."""

from itsm_chassis.store import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE incident (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    number TEXT NOT NULL,
    external_id TEXT,
    import_digest BYTEA,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    priority TEXT NOT NULL,
    category TEXT,
    service TEXT,
    assignment_group TEXT,
    assignee TEXT,
    caller TEXT,
    opened_by TEXT,
    parent_id UUID,
    follows_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closing_from TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (tenant, number),
    UNIQUE (tenant, external_id)
);
CREATE INDEX incident_assignee ON incident (tenant, assignee, status, opened_at, id);
CREATE INDEX incident_caller ON incident (tenant, caller, opened_at, id);
CREATE INDEX incident_closing ON incident (closing_from) WHERE closing_from IS NOT NULL;
CREATE INDEX incident_follows ON incident (follows_id) WHERE follows_id IS NOT NULL;
CREATE INDEX incident_group ON incident (tenant, assignment_group, status, opened_at, id);
CREATE INDEX incident_opened ON incident (tenant, opened_at, id);
CREATE INDEX incident_opened_by ON incident (tenant, opened_by, opened_at, id);
CREATE INDEX incident_parent ON incident (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX incident_priority ON incident (tenant, priority, status, opened_at, id);
CREATE INDEX incident_service ON incident (tenant, service, status, opened_at, id);
CREATE INDEX incident_status ON incident (tenant, status, opened_at, id);
CREATE INDEX incident_updated ON incident (tenant, updated_at, id);
COMMENT ON COLUMN incident.import_digest IS 'of the imported line: tells unchanged from conflict';
COMMENT ON COLUMN incident.closing_from IS 'when the days to closing by itself began; null unless resolved';
CREATE TABLE watcher (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    incident_id UUID NOT NULL,
    watcher TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (incident_id, watcher)
);
CREATE INDEX watcher_person ON watcher (tenant, watcher, incident_id);
CREATE SEQUENCE incident_number;
"""


def upgrade() -> None:
    """Create every table; a later change is a revision of its own, this text stays as it is."""
    schema.create()
    schema.execute(TABLES)

"""Incidents, their watchers, and the chassis's tables."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE event (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    subject UUID NOT NULL,
    sequence INTEGER NOT NULL,
    record_id UUID NOT NULL,
    type TEXT NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    envelope TEXT NOT NULL,
    private TEXT,
    PRIMARY KEY (id),
    UNIQUE (subject, sequence)
);
CREATE INDEX event_timeline ON event (record_id, recorded_at, sequence, id);
COMMENT ON COLUMN event.record_id IS 'whose timeline shows it: the subject, or what a comment is on';
COMMENT ON COLUMN event.envelope IS 'the very text that is published';
COMMENT ON COLUMN event.private IS 'JSON of the fields that stay here';
CREATE TABLE feed (
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant TEXT NOT NULL,
    event_id UUID NOT NULL,
    PRIMARY KEY (position)
);
CREATE INDEX feed_tenant ON feed (tenant, position);
CREATE TABLE idempotency (
    tenant TEXT NOT NULL,
    actor TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    version INTEGER,
    location TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant, actor, method, path, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
CREATE TABLE inbox (
    queue TEXT NOT NULL,
    event_id UUID NOT NULL,
    PRIMARY KEY (queue, event_id)
);
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
CREATE TABLE outbox (
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant TEXT NOT NULL,
    event_id UUID NOT NULL,
    PRIMARY KEY (position)
);
CREATE TABLE parked (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    queue TEXT NOT NULL,
    body BYTEA NOT NULL,
    position BIGINT,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    retry_at TIMESTAMP WITH TIME ZONE,
    parked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX parked_due ON parked (queue, retry_at);
COMMENT ON COLUMN parked.retry_at IS 'null: for good, until redrive';
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
    for statement in TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)

"""The chassis's tables as SQL, for the services' migrations: one function per change of them.

A function that has been released is frozen, as every migration is; `store/tables.py` says what the
tables are today, and a test compares the two in every service's migrated database.
"""

from alembic import op

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
"""


def create() -> None:
    """Make the tables; every service's first migration calls it."""
    execute(TABLES)


def execute(script: str) -> None:
    """Run a script's statements one by one, as the driver wants them; each ends with `;` and a line's end."""
    for statement in script.strip().removesuffix(";").split(";\n"):
        op.execute(statement)

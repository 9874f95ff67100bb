"""The raw log, the facts folded from it, how far each source was heard; and the chassis's tables."""

from alembic import op
from itsm_chassis.store import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

METRICS = """
CREATE TABLE raw_event (
    id UUID NOT NULL,
    arrival BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant TEXT NOT NULL,
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    subject UUID NOT NULL,
    sequence INTEGER NOT NULL,
    time TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    position BIGINT,
    envelope TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX raw_event_history ON raw_event (resource, tenant, subject, sequence);
COMMENT ON COLUMN raw_event.id IS 'the event''s own id: what makes a repeat harmless';
COMMENT ON COLUMN raw_event.arrival IS 'the order of hearing';
COMMENT ON COLUMN raw_event.resource IS 'the noun of its type, such as incident';
COMMENT ON COLUMN raw_event.time IS 'when it happened';
COMMENT ON COLUMN raw_event.recorded_at IS 'when its service stored it';
COMMENT ON COLUMN raw_event.position IS 'its place in the source''s outbox, where the message said so';
COMMENT ON COLUMN raw_event.envelope IS 'the message as it came, for good';
CREATE TABLE measurement (
    tenant TEXT NOT NULL,
    subject UUID NOT NULL,
    measure TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    value BIGINT,
    priority TEXT,
    service TEXT,
    assignment_group TEXT,
    detail TEXT,
    PRIMARY KEY (tenant, subject, measure, ordinal)
);
CREATE INDEX measurement_period ON measurement (tenant, measure, at) INCLUDE (value, priority, subject);
COMMENT ON COLUMN measurement.at IS 'when the measure was complete';
COMMENT ON COLUMN measurement.value IS 'microseconds, a flag, a number, or nothing but the fact';
CREATE TABLE span (
    tenant TEXT NOT NULL,
    subject UUID NOT NULL,
    kind TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    priority TEXT,
    service TEXT,
    assignment_group TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant, subject, kind, ordinal)
);
CREATE INDEX span_until ON span (tenant, kind, ended_at, started_at);
COMMENT ON COLUMN span.ended_at IS 'null while it lasts';
CREATE TABLE source (
    tenant TEXT NOT NULL,
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    events BIGINT NOT NULL,
    last_position BIGINT,
    last_recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    applied_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (tenant, source, resource)
);
COMMENT ON COLUMN source.events IS 'distinct events kept';
COMMENT ON COLUMN source.applied_at IS 'when the one of last_recorded_at was applied'
"""


def upgrade() -> None:
    """Create every table."""
    schema.create()
    for statement in METRICS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    """Raw events are kept for good."""
    raise NotImplementedError("The first migration has nothing to go back to: restore a backup instead.")

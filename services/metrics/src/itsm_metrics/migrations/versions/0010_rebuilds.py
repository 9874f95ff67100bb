"""Rebuilds in a shadow, with a proof; the order of hearing becomes a way to find what came meanwhile."""

from itsm_chassis.store import schema

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REBUILDS = """
CREATE TABLE rebuild (
    id UUID NOT NULL,
    state TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    attempts INTEGER NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (id)
);
COMMENT ON COLUMN rebuild.state IS 'waiting, running, done or failed; one is open at a time';
COMMENT ON COLUMN rebuild.attempts IS 'how many workers began it';
COMMENT ON COLUMN rebuild.done IS 'events folded';
COMMENT ON COLUMN rebuild.total IS 'of how many';
COMMENT ON COLUMN rebuild.error IS 'why it failed';
CREATE TABLE proof (
    rebuild UUID NOT NULL,
    tenant TEXT NOT NULL,
    facts TEXT NOT NULL,
    measure TEXT NOT NULL,
    month DATE NOT NULL,
    rows_before BIGINT NOT NULL,
    rows_after BIGINT NOT NULL,
    before TEXT,
    after TEXT,
    records UUID[] NOT NULL,
    PRIMARY KEY (rebuild, tenant, facts, measure, month)
);
COMMENT ON COLUMN proof.facts IS 'the table they are in';
COMMENT ON COLUMN proof.month IS 'its first day, in UTC';
COMMENT ON COLUMN proof.before IS 'a hash over the facts that were served; null: there were none';
COMMENT ON COLUMN proof.after IS 'the same over those that were folded anew';
COMMENT ON COLUMN proof.records IS 'some of those that differ';
CREATE INDEX raw_event_arrival ON raw_event (arrival);
CREATE UNLOGGED TABLE measurement_shadow (LIKE measurement, PRIMARY KEY (tenant, subject, measure, ordinal));
CREATE UNLOGGED TABLE span_shadow (LIKE span, PRIMARY KEY (tenant, subject, kind, ordinal));
CREATE UNLOGGED TABLE term_shadow (LIKE term, PRIMARY KEY (tenant, subject, ordinal));
CREATE UNLOGGED TABLE suspicion_shadow (LIKE suspicion, PRIMARY KEY (tenant, subject));
CREATE UNLOGGED TABLE deployed_shadow (LIKE deployed, PRIMARY KEY (tenant, subject));
CREATE UNLOGGED TABLE rollup_shadow (
    LIKE rollup, PRIMARY KEY (tenant, measure, margin, grain, start, first, second)
);
"""


def upgrade() -> None:
    """Create them."""
    schema.execute(REBUILDS)

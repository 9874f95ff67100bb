"""Sums of facts by day and month, empty until `rebuild`; states by the moments that they hold."""

from itsm_chassis.store import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLLUPS = """
CREATE TABLE rollup (
    tenant TEXT NOT NULL,
    measure TEXT NOT NULL,
    margin TEXT NOT NULL,
    grain TEXT NOT NULL,
    start DATE NOT NULL,
    first TEXT NOT NULL,
    second TEXT NOT NULL,
    n BIGINT NOT NULL,
    total NUMERIC NOT NULL,
    histogram BYTEA,
    PRIMARY KEY (tenant, measure, margin, grain, start, first, second)
) WITH (fillfactor = 70);
COMMENT ON COLUMN rollup.margin IS 'the columns that it is by, none to two';
COMMENT ON COLUMN rollup.grain IS 'day or month, of UTC';
COMMENT ON COLUMN rollup.first IS 'the value of the first column; empty: absent';
COMMENT ON COLUMN rollup.second IS 'that of the second';
COMMENT ON COLUMN rollup.total IS 'the sum of the values';
COMMENT ON COLUMN rollup.histogram IS 'of durations: (bucket, n) in 2 and 4 bytes each';
CREATE TABLE rolled (
    shape TEXT NOT NULL,
    waiting BIGINT NOT NULL,
    PRIMARY KEY (shape)
);
COMMENT ON COLUMN rolled.shape IS 'the sums that are kept of all facts';
COMMENT ON COLUMN rolled.waiting IS 'how many rows unsummed has';
CREATE TABLE unsummed (
    sign BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    measure TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    value BIGINT,
    priority TEXT,
    service TEXT,
    assignment_group TEXT,
    detail TEXT,
    offering TEXT,
    business_unit TEXT
);
CREATE INDEX unsummed_period ON unsummed (tenant, measure, at);
COMMENT ON COLUMN unsummed.sign IS '1: a fact came; -1: one went';
"""

SPANS = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
DROP INDEX span_until;
CREATE INDEX span_at ON span USING gist ((tenant || ' ' || kind), tstzrange(started_at, ended_at));
"""
"""btree_gist is a trusted extension: whoever owns the database may create it. Tenant and kind are one
expression, so that the planner never finds a record's own spans by this index, however few there are yet."""


def upgrade() -> None:
    """Create them: figures come from the facts until `rebuild` has filled the sums."""
    schema.execute(ROLLUPS)
    schema.execute(SPANS)

"""Offerings, and the words by which they are found."""

from itsm_chassis.store import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE offering (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    service TEXT NOT NULL,
    description TEXT,
    category TEXT,
    price DOUBLE PRECISION,
    currency TEXT,
    delivery_time_s INTEGER,
    approved_by TEXT[] NOT NULL,
    business_units TEXT[] NOT NULL,
    roles TEXT[] NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    retired BOOLEAN NOT NULL,
    title_words TEXT NOT NULL,
    other_words TEXT NOT NULL,
    words TSVECTOR GENERATED ALWAYS AS (
        setweight(to_tsvector('simple'::regconfig, title_words), 'A')
        || setweight(to_tsvector('simple'::regconfig, other_words), 'C')
    ) STORED,
    UNIQUE (tenant, key)
);
CREATE INDEX offering_name ON offering (tenant, name, id);
CREATE INDEX offering_service ON offering (tenant, service, name, id);
CREATE INDEX offering_words ON offering USING gin (words);
"""


def upgrade() -> None:
    """Add the table."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What was offered is kept for good."""
    raise NotImplementedError("Offerings are not thrown away: restore a backup instead.")

"""Configuration items, their types, and what depends on what."""

from itsm_chassis.store import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE configuration_item_type (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX configuration_item_type_name ON configuration_item_type (tenant, name, id);
CREATE TABLE configuration_item (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    ci_type TEXT NOT NULL,
    status TEXT NOT NULL,
    environment TEXT NOT NULL,
    owner TEXT,
    assignment_group TEXT,
    location TEXT,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX configuration_item_name ON configuration_item (tenant, name, id);
CREATE INDEX configuration_item_type_of ON configuration_item (tenant, ci_type, name, id);
CREATE INDEX configuration_item_updated ON configuration_item (tenant, updated_at, id);
CREATE TABLE dependency (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    dependent_id UUID NOT NULL,
    dependent_kind TEXT NOT NULL,
    dependent_key TEXT NOT NULL,
    dependency_id UUID NOT NULL,
    dependency_kind TEXT NOT NULL,
    dependency_key TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (dependent_id, dependency_id)
);
CREATE INDEX dependency_needed_by ON dependency (dependency_id, dependent_id);
CREATE INDEX dependency_dependent ON dependency (tenant, dependent_key, id);
CREATE INDEX dependency_dependency ON dependency (tenant, dependency_key, id);
"""


def upgrade() -> None:
    """Add the three tables."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What was registered is kept for good."""
    raise NotImplementedError("Configuration items are not thrown away: restore a backup instead.")

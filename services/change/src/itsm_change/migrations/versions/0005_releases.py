"""Releases, and the deployments that pipelines tell of."""

from itsm_chassis.store import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE SEQUENCE release_number;
CREATE TABLE release (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    service TEXT,
    assignment_group TEXT,
    manager TEXT,
    planned_start TIMESTAMP WITH TIME ZONE,
    planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deployed_at TIMESTAMP WITH TIME ZONE,
    change_ids UUID[] NOT NULL,
    UNIQUE (tenant, number)
);
CREATE INDEX release_planned ON release (tenant, planned_at, id);
CREATE INDEX release_starts ON release (tenant, planned_start, id);
CREATE INDEX release_status ON release (tenant, status, planned_at, id);
CREATE INDEX release_changes ON release USING gin (change_ids);
CREATE TABLE deployment (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    external_id TEXT NOT NULL,
    service TEXT NOT NULL,
    environment TEXT NOT NULL,
    commit TEXT NOT NULL,
    outcome TEXT NOT NULL,
    unauthorized BOOLEAN NOT NULL,
    change_id UUID,
    release_id UUID,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (tenant, external_id)
);
CREATE INDEX deployment_started ON deployment (tenant, started_at, id);
CREATE INDEX deployment_service ON deployment (tenant, service, environment, started_at, id);
CREATE INDEX deployment_outcome ON deployment (tenant, outcome, started_at, id);
CREATE INDEX deployment_change ON deployment (change_id);
CREATE INDEX deployment_release ON deployment (release_id);
COMMENT ON COLUMN deployment.external_id IS 'the pipeline''s name for it';
"""


def upgrade() -> None:
    """Add the tables."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What was deployed is kept for good."""
    raise NotImplementedError("Deployments are not thrown away: restore a backup instead.")

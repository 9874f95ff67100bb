"""Which changes may have caused which incidents."""

from itsm_chassis.store import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE incident (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    number TEXT NOT NULL,
    service TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    imported BOOLEAN NOT NULL,
    caused_by TEXT,
    caused_by_at TIMESTAMP WITH TIME ZONE,
    caused_by_actor TEXT
);
CREATE INDEX incident_caused_by ON incident (tenant, caused_by) WHERE caused_by IS NOT NULL;
COMMENT ON TABLE incident IS 'our copy of the incidents';
COMMENT ON COLUMN incident.caused_by IS 'the change that the incident names: an id, a number, an external_id';
COMMENT ON COLUMN incident.caused_by_at IS 'when it was named, or the name was taken back';
COMMENT ON COLUMN incident.caused_by_actor IS 'opaque id';
CREATE TABLE affected (
    incident_id UUID NOT NULL,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (incident_id, kind, key)
);
CREATE INDEX affected_node ON affected (tenant, kind, key, opened_at);
COMMENT ON TABLE affected IS 'the service and the items of each incident';
CREATE TABLE touched (
    change_id UUID NOT NULL,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    implemented_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (change_id, kind, key)
);
CREATE INDEX touched_node ON touched (tenant, kind, key, implemented_at);
COMMENT ON TABLE touched IS 'the services and the items of each change that was implemented';
CREATE TABLE suspect (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    change_id UUID NOT NULL,
    incident_id UUID NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (change_id, incident_id)
);
CREATE INDEX suspect_incident ON suspect (incident_id, state);
"""


def upgrade() -> None:
    """Add the tables; what was implemented before is looked at from its next event on."""
    schema.execute(TABLES)


def downgrade() -> None:
    """Verdicts are kept for good."""
    raise NotImplementedError("Verdicts are not thrown away: restore a backup instead.")

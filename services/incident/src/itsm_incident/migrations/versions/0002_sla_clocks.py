"""SLA clocks, the service levels behind them, and where an incident shows them."""

from itsm_chassis.store import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE incident ADD COLUMN sla_due_at TIMESTAMP WITH TIME ZONE DEFAULT '9999-12-31T00:00:00Z' NOT NULL;
ALTER TABLE incident ADD COLUMN sla_state TEXT DEFAULT 'none' NOT NULL;
ALTER TABLE incident ADD COLUMN sla TEXT DEFAULT ',"sla_due_at"\\:null,"sla_state":"none"' NOT NULL;
COMMENT ON COLUMN incident.sla IS
'the end of the representation, behind the card; kept by the clocks, raises no version';
CREATE INDEX incident_sla_due ON incident (tenant, sla_due_at, id);
CREATE INDEX incident_sla_state ON incident (tenant, sla_state, sla_due_at, id);
CREATE TABLE service_level (
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (position),
    UNIQUE (tenant, kind, key, version)
);
COMMENT ON TABLE service_level IS 'our copy of what the catalog has agreed';
COMMENT ON COLUMN service_level.kind IS 'policy or calendar';
COMMENT ON COLUMN service_level.form IS 'the engine''s form of it, as JSON';
CREATE TABLE clock_set (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    through INTEGER NOT NULL,
    known_at TIMESTAMP WITH TIME ZONE NOT NULL,
    imported_until TIMESTAMP WITH TIME ZONE,
    pins TEXT NOT NULL,
    clocks TEXT NOT NULL,
    next_at TIMESTAMP WITH TIME ZONE,
    recount_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);
CREATE INDEX clock_set_known ON clock_set (tenant, known_at);
CREATE INDEX clock_set_next ON clock_set (next_at) WHERE next_at IS NOT NULL AND recount_at IS NULL;
CREATE INDEX clock_set_recount ON clock_set (recount_at) WHERE recount_at IS NOT NULL;
COMMENT ON TABLE clock_set IS 'the SLA clocks of each incident';
COMMENT ON COLUMN clock_set.id IS 'the incident''s';
COMMENT ON COLUMN clock_set.through IS 'sequence of the last event that the clocks know';
COMMENT ON COLUMN clock_set.known_at IS 'versions issued later do not touch it';
COMMENT ON COLUMN clock_set.imported_until IS
'when history was imported: what fell due before is no news';
COMMENT ON COLUMN clock_set.pins IS 'JSON: the versions behind the clocks, by policy';
COMMENT ON COLUMN clock_set.clocks IS 'JSON: each clock as it was last told';
COMMENT ON COLUMN clock_set.next_at IS 'when the next threshold fires; null: none will';
COMMENT ON COLUMN clock_set.recount_at IS
'an event or a version has come in: count anew from then on';
"""


def upgrade() -> None:
    """Incidents that are there already get their clocks with their next event, or by a recompute."""
    schema.execute(TABLES)

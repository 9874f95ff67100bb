"""The portfolio's value, cost, risks and service levels, and the demand for its services."""

from itsm_chassis.store import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE service ALTER COLUMN owner DROP NOT NULL;
ALTER TABLE service ADD COLUMN criticality TEXT;
ALTER TABLE service ADD COLUMN sla_policy TEXT;
ALTER TABLE service ADD COLUMN live_at TIMESTAMP WITH TIME ZONE;
UPDATE service SET card = left(card, -1) || ',"customers"\\:[],"business_value"\\:null,"risks"\\:null'
    || ',"criticality"\\:null,"yearly_cost"\\:null,"yearly_price"\\:null,"currency"\\:null'
    || ',"sla_policy"\\:null,"availability_calendar"\\:null,"availability_target"\\:null'
    || ',"live_at"\\:null,"retired_at"\\:null}';
CREATE TABLE demand (
    tenant TEXT NOT NULL,
    service TEXT NOT NULL,
    month DATE NOT NULL,
    kind TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (tenant, service, month, kind)
);
COMMENT ON TABLE demand IS 'incidents opened and requests submitted, as the bus told';
COMMENT ON COLUMN demand.service IS 'its key, as those who ask name it';
COMMENT ON COLUMN demand.month IS 'its first day, in UTC';
COMMENT ON COLUMN demand.kind IS 'incident or request';
"""


def upgrade() -> None:
    """Services that are there already show the new fields, empty."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What a service costs and when it went live is kept for good."""
    raise NotImplementedError("The portfolio is not thrown away: restore a backup instead.")

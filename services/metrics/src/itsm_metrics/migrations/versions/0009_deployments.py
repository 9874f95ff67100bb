"""Production deployments that have ended. `rebuild` fills it for the past."""

from itsm_chassis.store import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DEPLOYMENTS = """
CREATE TABLE deployed (
    tenant TEXT NOT NULL,
    subject UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    service TEXT NOT NULL,
    unit TEXT NOT NULL,
    change UUID,
    external_id TEXT NOT NULL,
    mends TEXT,
    committed_at TIMESTAMP WITH TIME ZONE,
    failed BOOLEAN NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    template TEXT,
    PRIMARY KEY (tenant, subject)
);
CREATE INDEX deployed_period ON deployed (tenant, at);
CREATE INDEX deployed_unit ON deployed (tenant, service, unit);
CREATE INDEX deployed_change ON deployed (tenant, change);
CREATE INDEX deployed_mending ON deployed (tenant, mends);
COMMENT ON COLUMN deployed.at IS 'when it ended';
COMMENT ON COLUMN deployed.unit IS 'what counts once for a service: a release, a change, itself';
COMMENT ON COLUMN deployed.external_id IS 'the name that its pipeline gave it';
COMMENT ON COLUMN deployed.mends IS 'the external_id of the one that it reverts or fixes';
COMMENT ON COLUMN deployed.committed_at IS 'its first commit, where that is known';
COMMENT ON COLUMN deployed.failed IS 'it failed or was rolled back';
COMMENT ON COLUMN deployed.undone_at IS 'when it was rolled back';
"""


def upgrade() -> None:
    """Create it."""
    schema.execute(DEPLOYMENTS)

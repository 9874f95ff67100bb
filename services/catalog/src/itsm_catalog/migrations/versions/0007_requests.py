"""Orders, service requests, approvals and fulfilment tasks."""

from itsm_chassis.store import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE service_order (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    number TEXT NOT NULL,
    requester TEXT NOT NULL,
    ordered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, number)
);
CREATE INDEX service_order_ordered ON service_order (tenant, ordered_at, id);
CREATE INDEX service_order_requester ON service_order (tenant, requester, ordered_at, id);
CREATE SEQUENCE service_order_number;
CREATE TABLE service_request (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    number TEXT NOT NULL,
    external_id TEXT,
    import_digest BYTEA,
    "order" TEXT NOT NULL,
    status TEXT NOT NULL,
    offering TEXT NOT NULL,
    service TEXT,
    requester TEXT NOT NULL,
    requested_for TEXT NOT NULL,
    business_unit TEXT,
    submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    breach_at TIMESTAMP WITH TIME ZONE,
    closing_from TIMESTAMP WITH TIME ZONE,
    reopen_until TIMESTAMP WITH TIME ZONE,
    UNIQUE (tenant, number),
    UNIQUE (tenant, external_id)
);
CREATE INDEX service_request_submitted ON service_request (tenant, submitted_at, id);
CREATE INDEX service_request_updated ON service_request (tenant, updated_at, id);
CREATE INDEX service_request_status ON service_request (tenant, status, submitted_at, id);
CREATE INDEX service_request_due ON service_request (tenant, due_at, id);
CREATE INDEX service_request_order ON service_request (tenant, "order", id);
CREATE INDEX service_request_service ON service_request (tenant, service, status, submitted_at, id);
CREATE INDEX service_request_offering ON service_request (tenant, offering, status, submitted_at, id);
CREATE INDEX service_request_requester ON service_request (tenant, requester, submitted_at, id);
CREATE INDEX service_request_for ON service_request (tenant, requested_for, submitted_at, id);
CREATE INDEX service_request_unit ON service_request (tenant, business_unit, submitted_at, id);
CREATE INDEX service_request_breach ON service_request (breach_at) WHERE breach_at IS NOT NULL;
CREATE INDEX service_request_closing ON service_request (closing_from) WHERE closing_from IS NOT NULL;
COMMENT ON COLUMN service_request.import_digest IS 'of the imported line: tells unchanged from conflict';
COMMENT ON COLUMN service_request.breach_at IS
    'the deadline, until it is met, stands still or is said to be missed';
COMMENT ON COLUMN service_request.closing_from IS
    'when the days to closing by itself began; null unless fulfilled';
COMMENT ON COLUMN service_request.reopen_until IS 'it does not close by itself before';
CREATE SEQUENCE service_request_number;
CREATE TABLE approval (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    record UUID NOT NULL,
    number TEXT NOT NULL,
    step INTEGER NOT NULL,
    "group" TEXT NOT NULL,
    status TEXT NOT NULL,
    voters TEXT[] NOT NULL,
    waiting TEXT[] NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE
);
CREATE INDEX approval_record ON approval (record, step, id);
CREATE INDEX approval_asked ON approval (tenant, asked_at, id);
CREATE INDEX approval_status ON approval (tenant, status, asked_at, id);
CREATE INDEX approval_voters ON approval USING gin (voters);
CREATE INDEX approval_waiting ON approval USING gin (waiting) WHERE status = 'pending';
CREATE INDEX approval_expiry ON approval (expires_at) WHERE status = 'pending';
COMMENT ON COLUMN approval.number IS 'the request''s';
COMMENT ON COLUMN approval.waiting IS 'who may still vote';
CREATE TABLE fulfilment_task (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    request UUID NOT NULL,
    number TEXT NOT NULL,
    key TEXT NOT NULL,
    assignment_group TEXT NOT NULL,
    assignee TEXT,
    status TEXT NOT NULL,
    planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (request, key)
);
CREATE INDEX fulfilment_task_planned ON fulfilment_task (tenant, planned_at, id);
CREATE INDEX fulfilment_task_group ON fulfilment_task (tenant, assignment_group, status, planned_at, id);
CREATE INDEX fulfilment_task_assignee ON fulfilment_task (tenant, assignee, status, planned_at, id);
CREATE INDEX fulfilment_task_status ON fulfilment_task (tenant, status, planned_at, id);
COMMENT ON COLUMN fulfilment_task.number IS 'the request''s';
"""


def upgrade() -> None:
    """Add the tables."""
    schema.execute(TABLES)


def downgrade() -> None:
    """What was ordered is kept for good."""
    raise NotImplementedError("Requests are not thrown away: restore a backup instead.")

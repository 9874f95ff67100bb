"""Changes with their whole life: approvals, policies, meetings, templates, tasks, and the catalog's facts."""

from itsm_chassis.store import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GROWN = (
    ',"external_id":null,"affected_services":[],"configuration_items":[]'
    ',"assignment_group":null,"assignee":null,"plan":null,"test_plan":null'
    ',"backout_plan":null,"backout_tested":false,"planned_start":null,"planned_end":null'
    ',"actual_start":null,"actual_end":null,"risk_inputs":null,"risk_score":null'
    ',"risk_band":null,"template":null,"approval":"not_asked","approval_policy":null'
    ',"approval_policy_version":null,"approved_at":null,"close_code":null,"close_note":null'
    ',"backed_out":false,"backed_out_at":null,"review_note":null,"findings":[],"related":[]'
    ',"reverts":null,"unauthorized":false,"implemented_at":null,"closed_at":null'
    ',"cancelled_at":null,"imported":false'
)
"""What the card of a change that was only requested has come to hold."""

CHANGE = """
ALTER TABLE change
    ADD COLUMN external_id TEXT,
    ADD COLUMN import_digest BYTEA,
    ADD COLUMN approval TEXT DEFAULT 'not_asked' NOT NULL,
    ADD COLUMN risk_band TEXT,
    ADD COLUMN services TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN configuration_items TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN assignment_group TEXT,
    ADD COLUMN assignee TEXT,
    ADD COLUMN template TEXT,
    ADD COLUMN close_code TEXT,
    ADD COLUMN backed_out BOOLEAN DEFAULT 'false' NOT NULL,
    ADD COLUMN unauthorized BOOLEAN DEFAULT 'false' NOT NULL,
    ADD COLUMN planned_start TIMESTAMP WITH TIME ZONE,
    ADD COLUMN planned_end TIMESTAMP WITH TIME ZONE,
    ADD COLUMN implemented_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ALTER COLUMN requester DROP NOT NULL,
    ADD UNIQUE (tenant, external_id);
UPDATE change SET updated_at = requested_at,
    services = array_remove(ARRAY[service], NULL),
    card = left(card, -1) || {GROWN};
CREATE INDEX change_assignee ON change (tenant, assignee, status, requested_at, id);
CREATE INDEX change_group ON change (tenant, assignment_group, status, requested_at, id);
CREATE INDEX change_implemented ON change (tenant, implemented_at, id);
CREATE INDEX change_items ON change USING gin (configuration_items);
CREATE INDEX change_planned ON change (tenant, planned_start, id);
CREATE INDEX change_services ON change USING gin (services);
CREATE INDEX change_template_history ON change (tenant, template, closed_at);
CREATE INDEX change_updated ON change (tenant, updated_at, id);
COMMENT ON COLUMN change.import_digest IS 'of the imported line: tells unchanged from conflict';
COMMENT ON COLUMN change.services IS 'all that it touches';
"""

TABLES = """
CREATE TABLE approval (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    change_id UUID NOT NULL,
    step INTEGER NOT NULL,
    "group" TEXT NOT NULL,
    status TEXT NOT NULL,
    voters TEXT[] NOT NULL,
    waiting TEXT[] NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (id)
);
CREATE INDEX approval_asked ON approval (tenant, asked_at, id);
CREATE INDEX approval_change ON approval (change_id, asked_at);
CREATE INDEX approval_expiring ON approval (expires_at) WHERE status = 'pending';
CREATE INDEX approval_waiting ON approval USING gin (waiting) WHERE status = 'pending';
COMMENT ON COLUMN approval.voters IS 'opaque ids';
COMMENT ON COLUMN approval.waiting IS 'those who have not voted';
CREATE TABLE approval_policy (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    rank INTEGER NOT NULL,
    retired BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (tenant, key)
);
CREATE INDEX approval_policy_rank ON approval_policy (tenant, rank, id);
CREATE TABLE cab_meeting (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    "group" TEXT NOT NULL,
    status TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX cab_meeting_starts ON cab_meeting (tenant, starts_at, id);
CREATE TABLE change_task (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    change_id UUID NOT NULL,
    status TEXT NOT NULL,
    assignment_group TEXT,
    assignee TEXT,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX change_task_assignee ON change_task (tenant, assignee, status, id);
CREATE INDEX change_task_change ON change_task (change_id, id);
CREATE TABLE change_template (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    service TEXT,
    preapproved BOOLEAN NOT NULL,
    preapproved_since TIMESTAMP WITH TIME ZONE,
    history_size INTEGER NOT NULL,
    max_failure_rate FLOAT NOT NULL,
    active BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (tenant, key)
);
CREATE INDEX change_template_name ON change_template (tenant, name, id);
CREATE TABLE configuration_item (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    status TEXT NOT NULL,
    environment TEXT NOT NULL,
    ci_type TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE TABLE dependency (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    dependent_kind TEXT NOT NULL,
    dependent_key TEXT NOT NULL,
    dependency_kind TEXT NOT NULL,
    dependency_key TEXT NOT NULL,
    present BOOLEAN NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX dependency_down ON dependency (tenant, dependent_kind, dependent_key) WHERE present;
CREATE INDEX dependency_up ON dependency (tenant, dependency_kind, dependency_key) WHERE present;
COMMENT ON TABLE dependency IS 'dependent needs dependency';
COMMENT ON COLUMN dependency.id IS 'the edge, a subject of its own';
COMMENT ON COLUMN dependency.present IS 'false once it was removed';
CREATE TABLE detection (
    id UUID NOT NULL,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    change_id UUID NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (tenant, dedup_key)
);
CREATE TABLE people_group (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    members TEXT[] NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE TABLE person (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    delegate TEXT,
    delegate_from TIMESTAMP WITH TIME ZONE,
    delegate_until TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX person_delegate ON person (tenant, delegate) WHERE delegate IS NOT NULL;
COMMENT ON COLUMN person.key IS 'the opaque id';
CREATE TABLE service (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    status TEXT NOT NULL,
    criticality TEXT,
    PRIMARY KEY (tenant, key)
);
"""


def upgrade() -> None:
    """Changes that are there already keep what they have, and are as new as they were."""
    since = "(card::json -> 'requested_at')::text"
    grown = f"""'{GROWN},"created_at":' || {since} || ',"updated_at":' || {since} || '}}'"""
    schema.execute(CHANGE.replace("{GROWN}", grown.replace(":", "\\:")))
    schema.execute(TABLES)

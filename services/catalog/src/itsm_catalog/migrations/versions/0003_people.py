"""People, groups and business units."""

from itsm_chassis.store import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE person (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    business_unit TEXT,
    manager TEXT,
    location TEXT,
    active BOOLEAN NOT NULL,
    delegate TEXT,
    delegate_from TIMESTAMP WITH TIME ZONE,
    delegate_until TIMESTAMP WITH TIME ZONE,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX person_name ON person (tenant, name, id);
CREATE INDEX person_business_unit ON person (tenant, business_unit, name, id);
CREATE INDEX person_delegate ON person (tenant, delegate) WHERE delegate IS NOT NULL;
CREATE TABLE people_group (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    business_unit TEXT,
    lead TEXT,
    assignment BOOLEAN NOT NULL,
    approval BOOLEAN NOT NULL,
    cab BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX people_group_name ON people_group (tenant, name, id);
CREATE TABLE membership (
    tenant TEXT NOT NULL,
    group_key TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (tenant, group_key, person)
);
CREATE INDEX membership_person ON membership (tenant, person, group_key);
COMMENT ON TABLE membership IS 'the members of each group, as its card names them';
CREATE TABLE business_unit (
    id UUID PRIMARY KEY,
    tenant TEXT NOT NULL,
    version INTEGER NOT NULL,
    card TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    head TEXT,
    active BOOLEAN NOT NULL,
    registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    UNIQUE (tenant, key)
);
CREATE INDEX business_unit_name ON business_unit (tenant, name, id);
CREATE INDEX business_unit_parent ON business_unit (tenant, parent, name, id);
"""


def upgrade() -> None:
    """Add the tables."""
    schema.execute(TABLES)


def downgrade() -> None:
    """Who voted and who owns is named by these records."""
    raise NotImplementedError("People and groups are not thrown away: restore a backup instead.")

"""People, their groups and business units; what calls them by key need not wait until they are known."""

from typing import Final
from uuid import UUID

from itsm_chassis.errors import Missing
from itsm_chassis.store import records
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, Card
from itsm_chassis.store.tables import MOMENT, record_table
from itsm_events import opaque
from sqlalchemy import (
    Boolean,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    case,
    func,
)

from itsm_catalog.tables.metadata import metadata

person = record_table(
    "person",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("business_unit", Text),
    Column("manager", Text),
    Column("location", Text),
    Column("active", Boolean, nullable=False),
    Column("delegate", Text),
    Column("delegate_from", MOMENT),
    Column("delegate_until", MOMENT),
    Column("registered_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("person_name", "tenant", "name", "id"),
    Index("person_business_unit", "tenant", "business_unit", "name", "id"),
)
Index("person_delegate", person.c.tenant, person.c.delegate, postgresql_where=person.c.delegate.isnot(None))

EMAIL: Final = r'"email":(?:null|"(?:[^"\\]|\\.)*")'
"""Where a card holds the address; inside a text its quotes would have backslashes."""

colleague = person.to_metadata(MetaData())
"""The same table as requesters see it: of others they learn no address."""
colleague.info["shown"] = case(
    (colleague.c.key == ACTOR, colleague.c.card),
    else_=func.regexp_replace(colleague.c.card, EMAIL, '"email":null'),
)

people_group = record_table(
    "people_group",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("business_unit", Text),
    Column("lead", Text),
    Column("assignment", Boolean, nullable=False),
    Column("approval", Boolean, nullable=False),
    Column("cab", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("registered_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("people_group_name", "tenant", "name", "id"),
)

membership = Table(
    "membership",
    metadata,
    Column("tenant", Text, nullable=False),
    Column("group_key", Text, nullable=False),
    Column("person", Text, nullable=False),
    PrimaryKeyConstraint("tenant", "group_key", "person"),
    Index("membership_person", "tenant", "person", "group_key"),
    comment="the members of each group, as its card names them",
)

business_unit = record_table(
    "business_unit",
    metadata,
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Text),
    Column("head", Text),
    Column("active", Boolean, nullable=False),
    Column("registered_at", MOMENT, nullable=False),
    Column("updated_at", MOMENT, nullable=False),
    UniqueConstraint("tenant", "key"),
    Index("business_unit_name", "tenant", "name", "id"),
    Index("business_unit_parent", "tenant", "parent", "name", "id"),
)


def identity(tenant: str, key: str) -> UUID:
    """The id of a person, which is the one by which all events name them."""
    return UUID(opaque(tenant, key))


async def find_person(db: Database, ctx: Context, table: Table, reference: str) -> Card:
    """The person behind an id or a key, which may look like an id too; raises Missing."""
    try:
        return await records.find(db, ctx, table, reference, name="key")
    except Missing:
        return await records.find(db, ctx, table, opaque(ctx.tenant, reference), name="key")

"""The catalogue: what the caller can order, searched and paged."""

from functools import lru_cache
from typing import Any, Final, NamedTuple

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from itsm_catalog.rules.portfolio import IN_CATALOGUE
from itsm_catalog.rules.searching import folded, question
from itsm_catalog.tables import directory, offering, service

SHOWN: Final = (
    "id",
    "key",
    "version",
    "name",
    "service",
    "description",
    "category",
    "price",
    "currency",
    "delivery_time_s",
    "approved_by",
)


class Wanted(NamedTuple):
    """What is asked of the catalogue; `all` also shows what the caller cannot order."""

    q: str | None
    service: str | None
    category: str | None
    all: bool


class Shape(NamedTuple):
    """What decides the text of a statement."""

    q: bool
    service: bool
    category: bool
    all: bool
    further: bool


Place = tuple[float, str, str]
"""Where a page ends: the rank with its sign turned, the name, the id."""


async def page(
    db: Database, ctx: Context, wanted: Wanted, limit: int, start: Place | None
) -> tuple[list[str], Place | None]:
    """Items as JSON texts, the best matches first, else by name; and where the next page starts.

    Business units count from the caller's own up to the top, as they are now.
    """
    asked = question(wanted.q) if wanted.q is not None else None
    if wanted.q is not None and asked is None:
        return [], None
    shape = Shape(
        asked is not None,
        wanted.service is not None,
        wanted.category is not None,
        wanted.all,
        start is not None,
    )
    values: dict[str, Any] = {"tenant": ctx.tenant, "q": asked, "limit": limit + 1}
    values |= {"service": wanted.service, "category": folded(wanted.category)}
    values |= {"roles": sorted(ctx.roles), "admin": "admin" in ctx.roles}
    values["units"] = await directory.units_of(db, ctx.tenant, ctx.actor)
    values |= dict(zip(("rank", "name", "id"), start or (), strict=False))
    statement = compiled(shape)
    rows = await db.fetch(statement.sql, *statement.args(values))
    if len(rows) <= limit:
        return [row["item"] for row in rows], None
    last = rows[limit - 1]
    return [row["item"] for row in rows[:limit]], (last["rank"], last["name"], str(last["id"]))


@lru_cache
def compiled(shape: Shape) -> Compiled:
    """The statement of this shape; there are 32. The page is picked first, and only then written as JSON."""
    picked = ordered(shape).limit(bindparam("limit", type_=Integer)).subquery("picked")
    shown = [part for name in SHOWN for part in (literal(name, Text), offering.c[name])]
    shown += [literal("service_name", Text), service.c.name]
    item = func.json_build_object(*shown, literal("entitled", Text), entitled() if shape.all else True)
    of = and_(service.c.tenant == offering.c.tenant, service.c.key == offering.c.service)
    statement = (
        select(cast(item, Text).label("item"), picked.c.rank, picked.c.name, picked.c.id)
        .join(offering, offering.c.id == picked.c.id)
        .join(service, of)
    )
    return Compiled(statement.order_by(picked.c.rank, picked.c.name, picked.c.id))


def ordered(shape: Shape) -> Select[Any]:
    """What matches, in the order in which it is shown."""
    table = offering.c
    asked = func.to_tsquery(literal_column("'simple'::regconfig"), bindparam("q", type_=Text))
    rank: ColumnElement[Any] = cast(-func.ts_rank(table.words, asked) if shape.q else literal(0.0), Double)
    conditions = [
        table.tenant == bindparam("tenant"),
        table.retired.is_(False),
        table.service == any_(live()),
    ]
    if shape.q:
        conditions.append(table.words.op("@@")(asked))
    if shape.service:
        conditions.append(table.service == bindparam("service"))
    if shape.category:
        conditions.append(table.category_words == bindparam("category"))
    if not shape.all:
        conditions.append(entitled())
    if shape.further:
        last = (bindparam("rank", type_=Double), bindparam("name", type_=Text), bindparam("id", type_=Uuid))
        here = tuple_(rank, table.name, table.id) > tuple_(*last)
        conditions.append(here if shape.q else tuple_(table.name, table.id) > tuple_(*last[1:]))
    found = select(rank.label("rank"), table.name, table.id).where(*conditions)
    return found.order_by(rank, table.name, table.id) if shape.q else found.order_by(table.name, table.id)


def live() -> ColumnElement[Any]:
    """The keys of the services that are in the catalogue, looked up once."""
    status = or_(*(service.c.status == each for each in sorted(IN_CATALOGUE)))
    keys = select(service.c.key).where(service.c.tenant == bindparam("tenant"), status)
    return func.array(keys.scalar_subquery(), type_=ARRAY(Text))


def entitled() -> ColumnElement[bool]:
    """What `rules.requests.offer.barred` does not bar, as a condition."""
    roles, units = bindparam("roles", type_=ARRAY(Text)), bindparam("units", type_=ARRAY(Text))
    by_role = or_(
        func.cardinality(offering.c.roles) == 0,
        bindparam("admin", type_=Boolean),
        offering.c.roles.op("&&")(roles),
    )
    by_unit = or_(func.cardinality(offering.c.business_units) == 0, offering.c.business_units.op("&&")(units))
    return and_(by_role, by_unit)

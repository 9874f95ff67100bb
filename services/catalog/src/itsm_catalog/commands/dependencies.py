"""Adding and removing dependencies: each is a record of its own, and no sequence of them makes a circle."""

import json
from typing import Any
from uuid import UUID

from itsm_chassis.errors import FieldError, Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Connection, Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import find
from itsm_chassis.store.work import Work

from itsm_catalog.commands.edge_recording import edge_added, edge_removed, edge_row
from itsm_catalog.rules.dependencies import End, Node, check_ends, check_retired, cycle
from itsm_catalog.rules.service_levels import invalid
from itsm_catalog.tables import dependency
from itsm_catalog.tables.graph import alone, named, nodes, way

THERE = "SELECT id FROM dependency WHERE dependent_id = $1 AND dependency_id = $2"


async def add(db: Database, ctx: Context, dependent: End, needed: End) -> Answer:
    """Let one node depend on another.

    Raises Invalid where an end is unknown or the two do not fit, and Refused where the edge is there
    already, would close a circle, or makes something in use need what is retired.
    """
    check_ends(dependent, needed)
    one, other = await known(db, ctx.tenant, dependent, needed)

    async def decide() -> Decision:
        row = edge_row(ctx, one, other)
        happened = edge_added(ctx, row["id"], (one, other))
        work = Work("insert", [happened], dependency, row["id"], ctx.tenant, row)
        return [work], Answer(201, row["card"], 1, f"/v1/dependencies/{row['id']}")

    async def sound(conn: "Connection[Any]") -> None:
        await alone(conn, ctx.tenant)
        if (there := await conn.fetchval(THERE, one.id, other.id)) is not None:
            raise Refused("dependency_exists", f"{one.key} depends on {other.key} already: it is {there}.")
        now = await nodes(conn, ctx.tenant, [one.id, other.id])
        check_retired(now[one.id], now[other.id])
        if back := await way(conn, ctx.tenant, other.id, one.id):
            raise cycle([one, *back])

    return await perform(db, ctx, decide, guard=sound)


async def known(db: Database, tenant: str, dependent: End, needed: End) -> tuple[Node, Node]:
    """The nodes at both ends; Invalid where there is none. They are never deleted and keep their keys."""
    async with db.connection() as conn:
        found = [await named(conn, tenant, end.kind, end.key) for end in (dependent, needed)]
    unknown = [
        FieldError(f"/{field}/key", "unknown_key", f"There is no {end.kind.replace('_', ' ')} {end.key}.")
        for field, end, node in zip(("dependent", "dependency"), (dependent, needed), found, strict=True)
        if node is None
    ]
    one, other = found
    if one is None or other is None:
        raise invalid(unknown)
    return one, other


async def remove(db: Database, ctx: Context, identity: UUID) -> Answer:
    """Take a dependency away; raises Missing and Stale."""

    async def decide() -> Decision:
        card = await find(db, ctx, dependency, str(identity), name="id")
        if ctx.expected not in (None, card.version):
            raise Stale(card.version)
        shown = json.loads(card.text)
        one, other = await known(db, ctx.tenant, *(End(**shown[end]) for end in ("dependent", "dependency")))
        happened = edge_removed(ctx, identity, (one, other))
        return [Work("delete", [happened], dependency, identity, ctx.tenant, None, 1)], Answer(204, "")

    return await perform(db, ctx, decide)

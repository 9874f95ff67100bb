"""What would feel it if a node failed, and what a node needs: one recursive query each."""

import json
from typing import Any, Final, NamedTuple
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from sqlalchemy import Table

from itsm_catalog.queries import read
from itsm_catalog.tables.graph import Direction, walk

REACHED: Final = """
SELECT reached.distance, node.id, node.via,
    CASE WHEN item.id IS NULL THEN 'service' ELSE 'configuration_item' END AS kind,
    coalesce(item.key, service.key) AS key,
    coalesce(item.name, service.name) AS name,
    coalesce(item.status, service.status) AS status,
    item.ci_type, item.environment,
    service.card::json ->> 'criticality' AS criticality
FROM reached, unnest(reached.nodes, reached.via) AS node (id, via)
LEFT JOIN configuration_item AS item ON item.id = node.id
LEFT JOIN service ON service.id = node.id
ORDER BY reached.distance, key, kind
"""
IMPACT: Final[dict[Direction, str]] = {
    "upstream": walk("upstream", REACHED),
    "downstream": walk("downstream", REACHED),
}
SHOWN: Final = ("kind", "key", "id", "name", "status", "ci_type", "environment", "criticality", "distance")

EDGES: Final = """
SELECT card FROM dependency WHERE tenant = $1 AND {end} = $2 ORDER BY {other}_key, id LIMIT $3
"""
DEPENDS_ON: Final = EDGES.format(end="dependent_id", other="dependency")
NEEDED_BY: Final = EDGES.format(end="dependency_id", other="dependent")
MOST_EDGES: Final = 1_000


class Asked(NamedTuple):
    """How far to look, and how many nodes to show at most."""

    direction: Direction
    depth: int
    limit: int


async def impact(db: Database, ctx: Context, table: Table, reference: str, asked: Asked) -> dict[str, Any]:
    """The nodes around one, the nearest first; `via` is the node before it on a shortest way."""
    identity = UUID(json.loads((await read(db, ctx, table, reference)).text)["id"])
    first, *rest = await reached(db, ctx, identity, asked)
    root = {name: first[name] for name in SHOWN if name != "distance"}
    ends = {row["id"]: {"kind": row["kind"], "key": row["key"]} for row in (first, *rest)}
    nodes = [{name: row[name] for name in SHOWN} | {"via": ends[row["via"]]} for row in rest[: asked.limit]]
    answer = {"root": root, "direction": asked.direction, "depth": asked.depth}
    return answer | {"nodes": nodes, "truncated": len(rest) > asked.limit}


async def reached(db: Database, ctx: Context, identity: UUID, asked: Asked) -> list[Any]:
    """The rows of a walk, that of the node itself first; more than asked for where there are more."""
    return await db.fetch(IMPACT[asked.direction], ctx.tenant, identity, asked.depth, asked.limit + 1, None)


async def dependencies(db: Database, ctx: Context, table: Table, reference: str) -> str:
    """The edges at a node, both ways, as JSON text; up to 1,000 each."""
    identity = UUID(json.loads((await read(db, ctx, table, reference)).text)["id"])
    found = [await db.fetch(sql, ctx.tenant, identity, MOST_EDGES + 1) for sql in (DEPENDS_ON, NEEDED_BY)]
    depends_on, needed_by = (",".join(row["card"] for row in rows[:MOST_EDGES]) for rows in found)
    truncated = json.dumps(any(len(rows) > MOST_EDGES for rows in found))
    return f'{{"depends_on":[{depends_on}],"needed_by":[{needed_by}],"truncated":{truncated}}}'

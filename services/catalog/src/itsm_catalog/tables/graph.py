"""Walking along dependencies: services and items are nodes, and what a node needs lies downstream of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

from itsm_catalog.rules.dependencies import Kind, Node
from itsm_catalog.tables.directory import Reader

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Direction = Literal["upstream", "downstream"]

ALONE: Final = """
INSERT INTO dependency_graph (tenant, turn) VALUES ($1, 1)
ON CONFLICT (tenant) DO UPDATE SET turn = dependency_graph.turn + 1 RETURNING turn
"""

WALK: Final = """
WITH RECURSIVE reached AS (
    SELECT 0 AS distance, ARRAY[$2::uuid] AS nodes, ARRAY[NULL::uuid] AS via, ARRAY[$2::uuid] AS seen
    UNION ALL
    SELECT reached.distance + 1, following.nodes, following.via, reached.seen || following.nodes
    FROM reached, LATERAL (
        SELECT array_agg(node ORDER BY node) AS nodes, array_agg(via ORDER BY node) AS via
        FROM (
            SELECT DISTINCT ON (node) node, via, old
            FROM (
                SELECT edge.{far} AS node, edge.{near} AS via, false AS old
                FROM unnest(reached.nodes) AS frontier (id)
                JOIN dependency AS edge ON edge.{near} = frontier.id AND edge.tenant = $1
                UNION ALL
                SELECT id, NULL, true FROM unnest(reached.seen) AS met (id)
            ) AS neighbour
            ORDER BY node, old DESC, via
        ) AS least
        WHERE NOT old
    ) AS following
    WHERE following.nodes IS NOT NULL
        AND reached.distance < $3
        AND cardinality(reached.seen) <= $4
        AND ($5::uuid IS NULL OR $5 <> ALL (reached.nodes))
)
"""
"""Breadth first from the node $2: each node once, at its least distance, with the one before it on a shortest
way. At most $3 steps; it ends after the step that passes $4 nodes or finds the node $5. A row of it is a step
and not a node, so that no node is expanded twice, which a UNION of nodes with their distance would do.
"""
ENDS: Final = {"upstream": ("dependency_id", "dependent_id"), "downstream": ("dependent_id", "dependency_id")}


def walk(direction: Direction, rest: str) -> str:
    """The walk with what is to be made of its steps."""
    near, far = ENDS[direction]
    return WALK.format(near=near, far=far) + rest


UNBOUND: Final = 2**31 - 1
WAY: Final = walk("downstream", "SELECT node.* FROM reached, unnest(nodes, via) AS node (id, via)")


NODES: Final = """
SELECT id, 'service' AS kind, key, status FROM service WHERE tenant = $1 AND id = ANY ($2)
UNION ALL
SELECT id, 'configuration_item', key, status FROM configuration_item WHERE tenant = $1 AND id = ANY ($2)
"""
NAMED: Final[dict[Kind, str]] = {
    "service": "SELECT id, 'service' AS kind, key, status FROM service WHERE tenant = $1 AND key = $2",
    "configuration_item": """SELECT id, 'configuration_item' AS kind, key, status
        FROM configuration_item WHERE tenant = $1 AND key = $2""",
}
NEEDED_BY: Final = """
SELECT edge.dependency_id AS needed, edge.dependent_id AS id, edge.dependent_kind AS kind,
    edge.dependent_key AS key, coalesce(item.status, service.status) AS status
FROM dependency AS edge
LEFT JOIN configuration_item AS item ON item.id = edge.dependent_id
LEFT JOIN service ON service.id = edge.dependent_id
WHERE edge.tenant = $1 AND edge.dependency_id = ANY ($2)
ORDER BY edge.dependent_key, edge.dependent_id
"""
RETIRED_NEEDS: Final = """
SELECT edge.dependent_id AS needing, edge.dependency_id AS id, edge.dependency_kind AS kind,
    edge.dependency_key AS key, 'retired' AS status
FROM dependency AS edge
LEFT JOIN configuration_item AS item ON item.id = edge.dependency_id
LEFT JOIN service ON service.id = edge.dependency_id
WHERE edge.tenant = $1 AND edge.dependent_id = ANY ($2) AND coalesce(item.status, service.status) = 'retired'
ORDER BY edge.dependency_key, edge.dependency_id
"""


async def alone(conn: "Connection[Any]", tenant: str) -> int:
    """Wait for a turn: until the commit nobody else in the tenant adds dependencies or retires items.

    Answers which turn it is: where it follows one's own last, nobody else has added anything between.
    """
    return int(await conn.fetchval(ALONE, tenant))


async def way(conn: "Connection[Any]", tenant: str, start: UUID, end: UUID) -> list[Node]:
    """A shortest way from one node down to another, both included; empty where there is none."""
    rows = await conn.fetch(WAY, tenant, start, UNBOUND, UNBOUND, end)
    via = {row["id"]: row["via"] for row in rows}
    if end not in via:
        return []
    found = [end]
    while (before := via[found[-1]]) is not None:
        found.append(before)
    there = await nodes(conn, tenant, found)
    return [there[identity] for identity in reversed(found)]


async def named(conn: "Connection[Any]", tenant: str, kind: Kind, key: str) -> Node | None:
    """The node of this kind and key."""
    row = await conn.fetchrow(NAMED[kind], tenant, key)
    return Node(*row) if row else None


async def nodes(conn: "Connection[Any]", tenant: str, ids: Sequence[UUID]) -> dict[UUID, Node]:
    """Nodes of both kinds as they are now."""
    return {row["id"]: Node(*row) for row in await conn.fetch(NODES, tenant, ids)}


async def needed_by(conn: "Connection[Any]", tenant: str, ids: Sequence[UUID]) -> dict[UUID, list[Node]]:
    """What depends directly on each of these nodes, by key."""
    found: dict[UUID, list[Node]] = {}
    for needed, *node in await conn.fetch(NEEDED_BY, tenant, ids):
        found.setdefault(needed, []).append(Node(*node))
    return found


async def retired_needs(db: Reader, tenant: str, ids: Sequence[UUID]) -> dict[UUID, list[Node]]:
    """What each of these nodes needs directly although it is retired, by key."""
    found: dict[UUID, list[Node]] = {}
    for needing, *node in await db.fetch(RETIRED_NEEDS, tenant, ids):
        found.setdefault(needing, []).append(Node(*node))
    return found

"""The graph around a node as a drawing."""

import asyncio
import json
from typing import Any, Final
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from sqlalchemy import Table

from itsm_catalog.queries import read
from itsm_catalog.queries.impact import Asked, reached
from itsm_catalog.rules.map_drawing import Drawn, counted, drawing
from itsm_catalog.rules.map_layout import Edge
from itsm_catalog.tables.graph import Direction

MOST_NODES: Final = 200
MOST_EDGES: Final = 400
EDGES: Final = """
SELECT dependent_id, dependency_id FROM dependency
WHERE tenant = $1 AND dependent_id = ANY ($2) AND dependency_id = ANY ($2)
ORDER BY dependent_key, dependency_key
"""
PLACES: Final = {"service": "services", "configuration_item": "configuration-items"}
TITLES: Final[dict[Direction, str]] = {"downstream": "What {} needs", "upstream": "What needs {}"}


async def drawn(
    db: Database, ctx: Context, table: Table, reference: str, direction: Direction, depth: int
) -> str:
    """An SVG of the nearest 200 nodes, and of up to 400 edges among them."""
    identity = UUID(json.loads((await read(db, ctx, table, reference)).text)["id"])
    found = await reached(db, ctx, identity, Asked(direction, depth, MOST_NODES))
    rows = found[:MOST_NODES]
    nodes = {str(row["id"]): box(row) for row in rows}
    pairs = await db.fetch(EDGES, ctx.tenant, [row["id"] for row in rows])
    there = [(str(one), str(other)) for one, other in pairs]
    edges = kept(there, {frozenset((str(row["id"]), str(row["via"]))) for row in rows[1:]})
    left_out = []
    if len(found) > MOST_NODES:
        left_out.append(f"only the nearest {MOST_NODES} are drawn, there are more")
    if len(edges) < len(there):
        left_out.append(
            f"{counted(len(there) - len(edges), 'dependency', 'dependencies')} among these are not drawn"
        )
    note = f"Left out: {'; '.join(left_out)}. The impact lists everything." if left_out else None
    title = TITLES[direction].format(rows[0]["name"])
    return await asyncio.to_thread(drawing, title, nodes, edges, str(identity), note)


def box(row: Any) -> Drawn:
    """A node as it is drawn."""
    place = f"/v1/{PLACES[row['kind']]}/{row['key']}"
    return Drawn(row["name"], row["kind"], row["key"], row["status"], place, row["ci_type"] or "service")


def kept(edges: list[Edge], shortest: set[frozenset[str]]) -> list[Edge]:
    """As many edges as are drawn, those of shortest ways first: without them a node would hang loose."""
    if len(edges) <= MOST_EDGES:
        return edges
    first = [edge for edge in edges if frozenset(edge) in shortest]
    rest = [edge for edge in edges if frozenset(edge) not in shortest]
    return [*first, *rest[: max(0, MOST_EDGES - len(first))]]

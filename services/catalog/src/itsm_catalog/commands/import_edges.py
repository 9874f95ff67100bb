"""The second pass of an import: the edges that its lines name and that are not there yet."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.database import Database

from itsm_catalog.commands.edge_recording import edge_added, edge_row
from itsm_catalog.commands.import_items import Items
from itsm_catalog.rules.acyclic import Acyclic
from itsm_catalog.rules.dependencies import Node, check_retired, cycle
from itsm_catalog.rules.item_lines import Line
from itsm_catalog.tables import items_in_bulk as bulk
from itsm_catalog.tables.graph import alone, nodes

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

TURN: Final = 64
"""Edges made before other requests get their turn."""


class Wanted(NamedTuple):
    """An edge of a line: the how manieth, and its ends, of which the dependency may be unknown."""

    line: Line
    place: int
    key: str
    dependent: Node
    dependency: Node | None


class Edges:
    """The graph while an import adds to it. It is read once, and again only after somebody else's turn."""

    def __init__(self, db: Database, ctx: Context, *, dry_run: bool) -> None:
        """Nothing is read yet."""
        self._db, self._ctx, self._dry_run = db, ctx, dry_run
        self._graph: Acyclic[UUID] | None = None
        self._turn = 0
        self._items: dict[str, Node] = {}
        self._dropped: set[tuple[UUID, UUID]] = set()
        self._coming: list[tuple[UUID, UUID]] = []
        self._by_id: dict[UUID, Node] = {}

    def expect(self, lines: Sequence[Line], items: Items) -> None:
        """Take over what the first pass has met: states as they will be once lines have retired items."""
        self._items, self._dropped = dict(items.nodes), items.dropped if self._dry_run else set()
        for line in lines:
            if line.retires and line.key is not None:
                self._items[line.key] = self._items[line.key]._replace(status="retired")
        ends = ((edge.dependent, edge.dependency) for edge in wanted(lines, self._items))
        self._coming = [(one.id, other.id) for one, other in ends if other and other.id != one.id]
        self._by_id = {node.id: node for node in self._items.values()}

    async def store(self, lines: Sequence[Line]) -> None:
        """Add the missing edges of a chunk, in the order of the lines; what cannot be is told at its line."""
        graph, self._graph = self._graph, None  # it is true again once all of this is stored
        refused: list[tuple[Line, int, Refused]] = []
        added: list[tuple[Line, dict[str, Any], tuple[Node, Node]]] = []
        async with self._db.transaction() as conn:
            await conn.execute(bulk.LOCK_TIMEOUT)
            turn = self._turn + 1 if self._dry_run else await alone(conn, self._ctx.tenant)
            if graph is None or turn != self._turn + 1:
                rows = await conn.fetch(bulk.EVERY_EDGE, self._ctx.tenant)
                edges = [(one, other) for one, other in rows if (one, other) not in self._dropped]
                graph = await asyncio.to_thread(Acyclic[UUID], edges, self._coming)
            for count, edge in enumerate(await self._missing(conn, lines)):
                if count % TURN == 0:
                    await asyncio.sleep(0)
                try:
                    ends = await self._fitting(conn, graph, edge)
                except Refused as error:
                    refused.append((edge.line, edge.place, error))
                else:
                    added.append((edge.line, edge_row(self._ctx, *ends), ends))
            if added and not self._dry_run:
                await bulk.insert_edges(conn, [row for _, row, _ in added])
                facts = [edge_added(self._ctx, row["id"], ends, imported=True) for _, row, ends in added]
                await say(conn, facts, timeout_s=bulk.PATIENCE_S)
        self._db.committed.set()
        self._graph, self._turn = graph, turn
        for line, _, _ in added:
            line.stored()
        for line, place, why in refused:
            line.refuse(f"/depends_on/{place}", why.code, why.detail)

    async def _missing(self, conn: "Connection[Any]", lines: Sequence[Line]) -> list[Wanted]:
        """The edges that these lines name and that are not there."""
        others = {key for line in lines for key in line.depends_on or ()} - self._items.keys()
        there = await bulk.known(conn, self._ctx.tenant, sorted(others)) | self._items
        ids = [line.id for line in lines]
        rows = await conn.fetch(bulk.OUTGOING, self._ctx.tenant, ids)
        present = {(row["dependent_id"], row["dependency_id"]) for row in rows} - self._dropped
        return [
            edge
            for edge in wanted(lines, there)
            if edge.dependency is None or (edge.dependent.id, edge.dependency.id) not in present
        ]

    async def _fitting(
        self, conn: "Connection[Any]", graph: Acyclic[UUID], edge: Wanted
    ) -> tuple[Node, Node]:
        """The ends of an edge that the graph has taken; Refused where it cannot be."""
        one, other = edge.dependent, edge.dependency
        if other is None:
            raise Refused("unknown_key", f"There is no configuration item {edge.key}.")
        if one.id == other.id:
            raise Refused("needs_itself", "Nothing depends on itself.")
        check_retired(one, other)
        if back := graph.add(one.id, other.id):
            met = await nodes(conn, self._ctx.tenant, [each for each in back if each not in self._by_id])
            raise cycle([one, *(met.get(each) or self._by_id[each] for each in back)])
        return one, other


def wanted(lines: Sequence[Line], there: Mapping[str, Node]) -> Iterator[Wanted]:
    """The edges that lines name, in their order."""
    for line in lines:
        if line.key is not None:
            for index, key in enumerate(line.depends_on or ()):
                yield Wanted(line, index, key, there[line.key], there.get(key))

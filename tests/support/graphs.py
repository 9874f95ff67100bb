"""Graphs for tests, without a service: drawn by chance, stored by SQL, walked by hand."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from itsm_chassis.store.database import Database

Edge = tuple[int, int]


@dataclass(frozen=True)
class Graph:
    """Nodes by number, the first `services` of them services; an edge goes from the dependent on."""

    size: int
    services: int
    edges: frozenset[Edge]

    def key(self, node: int) -> str:
        """The key of a node."""
        return f"n{node}"

    def collection(self, node: int) -> str:
        """Where a node is read."""
        return "services" if node < self.services else "configuration-items"

    def distances(self, start: int, direction: str) -> dict[str, int]:
        """Every node that can be reached, with the least number of steps: step by step, by hand."""
        found, step = {start: 0}, 0
        while True:
            step += 1
            turned = self.edges if direction == "downstream" else {(b, a) for a, b in self.edges}
            fresh = {b for a, b in turned if found.get(a) == step - 1 and b not in found}
            if not fresh:
                return {self.key(node): steps for node, steps in found.items()}
            found |= dict.fromkeys(fresh, step)


@st.composite
def graphs(draw: st.DrawFn, most: int = 9) -> Graph:
    """Any graph without a circle in which nothing but services needs services."""
    size = draw(st.integers(2, most))
    services = draw(st.integers(0, size - 1))
    pairs = [(a, b) for a in range(size) for b in range(a + 1, size)]
    return Graph(size, services, draw(st.frozensets(st.sampled_from(pairs))))


async def store(db: Database, tenant: str, graph: Graph) -> None:
    """The graph as rows, without events."""
    ids = [uuid4() for _ in range(graph.size)]
    stamp = "'2026-03-02T08:00:00Z'"
    services: list[Any] = [(ids[n], tenant, graph.key(n)) for n in range(graph.services)]
    items = [(ids[n], tenant, graph.key(n)) for n in range(graph.services, graph.size)]
    kinds = ["service" if n < graph.services else "configuration_item" for n in range(graph.size)]
    edges = [
        (uuid4(), tenant, ids[a], kinds[a], graph.key(a), ids[b], kinds[b], graph.key(b))
        for a, b in graph.edges
    ]
    card = """'{"id":"' || $1::uuid || '"}'"""
    async with db.transaction() as connection:
        await connection.executemany(
            f"""INSERT INTO service (id, tenant, version, card, key, name, status, owner, proposed_at)
            VALUES ($1, $2, 1, {card}, $3, 'A service', 'live', 'anna', {stamp})""",
            services,
        )
        await connection.executemany(
            f"""INSERT INTO configuration_item (
                id, tenant, version, card, key, name, ci_type, status, environment, registered_at, updated_at
            ) VALUES ($1, $2, 1, {card}, $3, 'An item', 'thing', 'in_use', 'production', {stamp}, {stamp})""",
            items,
        )
        await connection.executemany(
            f"""INSERT INTO dependency (
                id, tenant, version, card, dependent_id, dependent_kind, dependent_key,
                dependency_id, dependency_kind, dependency_key, added_at
            ) VALUES ($1, $2, 1, '{{}}', $3, $4, $5, $6, $7, $8, {stamp})""",
            edges,
        )

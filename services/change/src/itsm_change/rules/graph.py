"""The service map: who needs whom, and how far a change is felt."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

DEPTH: Final = 2
"""Edges along which a change is felt: a service needs an item, which needs another."""

NodeKind = Literal["service", "configuration_item"]


class Node(NamedTuple):
    """A service or a configuration item by its key."""

    kind: NodeKind
    key: str


def services(keys: Iterable[str]) -> frozenset[Node]:
    """Services as nodes."""
    return frozenset(Node("service", key) for key in keys)


def items(keys: Iterable[str]) -> frozenset[Node]:
    """Configuration items as nodes."""
    return frozenset(Node("configuration_item", key) for key in keys)


class Graph:
    """What was loaded of the map; an edge (dependent, dependency) says that the first needs the second."""

    def __init__(self, edges: Iterable[tuple[Node, Node]] = ()) -> None:
        """An edge may be given more than once."""
        self._above: dict[Node, set[Node]] = defaultdict(set)
        self._below: dict[Node, set[Node]] = defaultdict(set)
        for dependent, dependency in edges:
            self._above[dependency].add(dependent)
            self._below[dependent].add(dependency)

    def above(self, nodes: Iterable[Node], depth: int = DEPTH) -> frozenset[Node]:
        """These nodes and all that need them, at most so many edges away."""
        return spread(self._above, nodes, depth)

    def below(self, nodes: Iterable[Node], depth: int = DEPTH) -> frozenset[Node]:
        """These nodes and all that they need, at most so many edges away."""
        return spread(self._below, nodes, depth)

    def around(self, nodes: Iterable[Node], depth: int = DEPTH) -> frozenset[Node]:
        """Both: never up one edge and down another, as siblings do not feel each other."""
        given = frozenset(nodes)
        return self.above(given, depth) | self.below(given, depth)


def spread(edges: dict[Node, set[Node]], nodes: Iterable[Node], depth: int) -> frozenset[Node]:
    """What lies at most so many steps from these nodes, and they themselves."""
    found = set(nodes)
    edge = set(found)
    for _ in range(depth):
        edge = {there for here in edge if here in edges for there in edges[here]} - found
        found |= edge
    return frozenset(found)

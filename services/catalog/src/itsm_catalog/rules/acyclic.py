"""A graph that edges are added to one by one, and that never has a circle. Pure: no I/O.

Every node has a rank below that of whatever needs it. An edge that agrees with the ranks costs nothing; one
that does not moves only the nodes ranked between its ends, after Pearce and Kelly: A dynamic topological sort
algorithm for directed acyclic graphs (2006). The ranks foresee edges that are announced, so that few of those
disagree.
"""

from collections.abc import Collection, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Final, Generic, TypeVar

Name = TypeVar("Name")
PATIENCE: Final = 20
"""Circles among announced edges that are looked into."""


class Acyclic(Generic[Name]):
    """Who needs whom."""

    def __init__(
        self, edges: Iterable[tuple[Name, Name]], coming: Collection[tuple[Name, Name]] = ()
    ) -> None:
        """Edges from the dependent to the dependency, without a circle (graphlib.CycleError); `coming` are
        edges that may be added later, in this order; they may well have circles.
        """
        self._needs: dict[Name, set[Name]] = {}
        self._needed_by: dict[Name, set[Name]] = {}
        for dependent, dependency in edges:
            self._link(dependent, dependency)
        order = foreseen(self._needs, {edge: place for place, edge in enumerate(coming)})
        self._rank = {name: rank for rank, name in enumerate(order)}
        self._lowest, self._highest = 0, len(self._rank)

    def _link(self, dependent: Name, dependency: Name) -> None:
        self._needs.setdefault(dependent, set()).add(dependency)
        self._needed_by.setdefault(dependency, set()).add(dependent)

    def add(self, dependent: Name, dependency: Name) -> list[Name]:
        """Add an edge; where it would close a circle, add nothing and answer the way back: from the
        dependency to the dependent, both included.
        """
        self._welcome(dependent, dependency)
        low, high = self._rank[dependent], self._rank[dependency]
        if dependent == dependency:
            return [dependent]
        if low < high:
            below = self._reached(dependency, self._needs, range(low, high + 1))
            if dependent in below:
                return way(below, dependent)
            above = self._reached(dependent, self._needed_by, range(low, high + 1))
            self._reorder(below, above)
        self._link(dependent, dependency)
        return []

    def _welcome(self, dependent: Name, dependency: Name) -> None:
        """Rank nodes that are new: what needs something above all others, what is needed below them."""
        if dependent not in self._rank:
            self._rank[dependent] = self._highest = self._highest + 1
        if dependency not in self._rank:
            self._rank[dependency] = self._lowest = self._lowest - 1

    def _reached(
        self, start: Name, edges: Mapping[Name, Collection[Name]], ranks: range
    ) -> dict[Name, Name | None]:
        """Every node that can be reached within these ranks, with the one before it."""
        found: dict[Name, Name | None] = {start: None}
        todo = [start]
        while todo:
            name = todo.pop()
            for other in edges.get(name, ()):
                if other not in found and self._rank[other] in ranks:
                    found[other] = name
                    todo.append(other)
        return found

    def _reorder(self, below: Iterable[Name], above: Iterable[Name]) -> None:
        """Share out the ranks of both anew: first those below, then those above, each in its own order."""
        names = [*sorted(below, key=self._rank.__getitem__), *sorted(above, key=self._rank.__getitem__)]
        ranks = sorted(self._rank[name] for name in names)
        self._rank.update(zip(names, ranks, strict=True))


def foreseen(needs: Mapping[Name, set[Name]], coming: Mapping[tuple[Name, Name], int]) -> list[Name]:
    """Nodes in an order that agrees with all edges, as far as possible also with those that are announced.

    Where these close a circle, the last of them in it is left out; where there are circles without number,
    all of them are.
    """
    graph = {name: set(those) for name, those in needs.items()}
    for dependent, dependency in coming:
        graph.setdefault(dependent, set()).add(dependency)
    for _ in range(PATIENCE):
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle: list[Name] = error.args[1]
            edges = [(one, other) for other, one in pairwise(circle) if other not in needs.get(one, ())]
            last = max(edges, key=coming.__getitem__)
            graph[last[0]].discard(last[1])
    return list(TopologicalSorter(needs).static_order())


def way(before: Mapping[Name, Name | None], end: Name) -> list[Name]:
    """From where a search began to where it ended."""
    found = [end]
    while (name := before[found[-1]]) is not None:
        found.append(name)
    return found[::-1]

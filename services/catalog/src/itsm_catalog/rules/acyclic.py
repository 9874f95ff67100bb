"""A graph that edges are added to one by one, and that never has a circle. Pure: no I/O.

Every node has a rank below that of whatever needs it. An edge that agrees with the ranks costs nothing; one
that does not moves only the nodes ranked between its ends, after Pearce and Kelly: A dynamic topological sort
algorithm for directed acyclic graphs (2006).
"""

from collections.abc import Collection, Iterable, Mapping
from graphlib import TopologicalSorter
from typing import Generic, TypeVar

Name = TypeVar("Name")


class Acyclic(Generic[Name]):
    """Who needs whom."""

    def __init__(self, edges: Iterable[tuple[Name, Name]]) -> None:
        """Edges from the dependent to the dependency, without a circle (graphlib.CycleError)."""
        self._needs: dict[Name, set[Name]] = {}
        self._needed_by: dict[Name, set[Name]] = {}
        for dependent, dependency in edges:
            self._link(dependent, dependency)
        order = TopologicalSorter(self._needs).static_order()
        self._rank = {name: rank for rank, name in enumerate(order)}

    def _link(self, dependent: Name, dependency: Name) -> None:
        self._needs.setdefault(dependent, set()).add(dependency)
        self._needed_by.setdefault(dependency, set()).add(dependent)

    def add(self, dependent: Name, dependency: Name) -> list[Name]:
        """Add an edge; where it would close a circle, add nothing and answer the way back: from the
        dependency to the dependent, both included.
        """
        for name in (dependency, dependent):
            self._rank.setdefault(name, len(self._rank))
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


def way(before: Mapping[Name, Name | None], end: Name) -> list[Name]:
    """From where a search began to where it ended."""
    found = [end]
    while (name := before[found[-1]]) is not None:
        found.append(name)
    return found[::-1]

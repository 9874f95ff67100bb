"""Where the nodes of a drawn graph stand: in layers, each below whatever needs it. Pure.

After Sugiyama: a node's layer is its longest way from the top, and a wide layer becomes several; edges that
pass a layer bend there, all to one node together; each layer is ordered by the mean of its neighbours'
places, down and up again; and each place moves towards its neighbours as far as there is room.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from itertools import accumulate, chain, pairwise
from typing import Final, NamedTuple

SWEEPS: Final = 8
"""Down and up; more changes little."""
WIDEST: Final = 12
"""Nodes of a layer."""

Edge = tuple[str, str]
Place = tuple[float, int]
"""Column, which is no whole number, and layer."""


class Bend(NamedTuple):
    """Where edges to a node pass a layer."""

    target: str
    layer: int


Point = str | Bend
Neighbours = Mapping[Point, Sequence[Point]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The place of each node, and the places that each edge leads through, its ends included."""

    places: Mapping[str, Place]
    ways: Mapping[Edge, Sequence[Place]]
    columns: float
    layers: int


def layered(names: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Place these nodes, among which the edges, from the dependent on, make no circle."""
    given = list(edges)
    layer: dict[Point, int] = dict(narrowed(names, depths(names, given)))
    ways: dict[Edge, list[Point]] = {}
    for edge in given:
        bends = [Bend(edge[1], number) for number in range(layer[edge[0]] + 1, layer[edge[1]])]
        layer |= {bend: bend.layer for bend in bends}
        ways[edge] = [edge[0], *bends, edge[1]]
    rows: list[list[Point]] = [[] for _ in range(1 + max(layer.values(), default=-1))]
    for point, number in layer.items():
        rows[number].append(point)
    above: dict[Point, list[Point]] = {}
    below: dict[Point, list[Point]] = {}
    steps = dict.fromkeys(pair for way in ways.values() for pair in pairwise(way))
    for upper, lower in steps:
        below.setdefault(upper, []).append(lower)
        above.setdefault(lower, []).append(upper)
    order(rows, above, below)
    column = spread(rows, above, below)
    place = {point: (column[point], number) for point, number in layer.items()}
    led = {edge: [place[point] for point in way] for edge, way in ways.items()}
    return Layout({name: place[name] for name in names}, led, 1 + max(column.values(), default=0), len(rows))


def depths(names: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The longest way to each node from one that nothing needs."""
    needed_by: dict[str, set[str]] = {name: set() for name in names}
    for dependent, dependency in edges:
        needed_by[dependency].add(dependent)
    depth: dict[str, int] = {}
    for name in TopologicalSorter(needed_by).static_order():
        depth[name] = 1 + max((depth[other] for other in needed_by[name]), default=-1)
    return depth


def narrowed(names: Sequence[str], depth: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Each node with its layer, where those that would be too wide are several."""
    number = 0
    for one in range(1 + max(depth.values(), default=-1)):
        row = [name for name in names if depth[name] == one]
        lines = -(-len(row) // WIDEST)
        for index, name in enumerate(row):
            yield name, number + index * lines // len(row)
        number += lines


def order(rows: list[list[Point]], above: Neighbours, below: Neighbours) -> None:
    """Sort each row by where its neighbours stand, so that few edges cross."""
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        for before, row in pairwise(rows if down else rows[::-1]):
            at = {point: index / max(1, len(before) - 1) for index, point in enumerate(before)}
            own = {point: index / max(1, len(row) - 1) for index, point in enumerate(row)}
            row.sort(key=partial(standing, neighbours, at, own))


def standing(
    neighbours: Neighbours, at: Mapping[Point, float], own: Mapping[Point, float], point: Point
) -> float:
    """Where a point belongs in its row: the mean of its neighbours, or where it is."""
    return mean([at[other] for other in neighbours.get(point, ())], own[point])


def spread(rows: list[list[Point]], above: Neighbours, below: Neighbours) -> dict[Point, float]:
    """The column of each point: near its neighbours, with room between, in the order of its row."""
    column: dict[Point, float] = {}
    for row in rows:
        steps = offsets(row)
        column |= {point: at - steps[-1] / 2 for point, at in zip(row, steps, strict=True)}
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            near = {point: [*above.get(point, ()), *below.get(point, ())] for point in row}
            wish = [mean([column[other] for other in near[point]], column[point]) for point in row]
            column |= zip(row, apart(row, wish), strict=True)
    left = min(column.values(), default=0)
    return {point: at - left for point, at in column.items()}


def apart(row: Sequence[Point], wish: Sequence[float]) -> list[float]:
    """Columns as near to the wishes as room allows: the least squares, by pooling neighbours in conflict."""
    steps = offsets(row)
    pools: list[tuple[float, int]] = []
    for at, offset in zip(wish, steps, strict=True):
        pool = (at - offset, 1)
        while pools and pools[-1][0] > pool[0]:
            before, many = pools.pop()
            pool = ((before * many + pool[0] * pool[1]) / (many + pool[1]), many + pool[1])
        pools.append(pool)
    shifts = chain.from_iterable([shift] * many for shift, many in pools)
    return [shift + offset for shift, offset in zip(shifts, steps, strict=True)]


def offsets(row: Sequence[Point]) -> list[float]:
    """Columns as close together as there is room, from the left."""
    return list(accumulate((gap(one, other) for one, other in pairwise(row)), initial=0.0))


def gap(one: Point, other: Point) -> float:
    """How far two neighbours of a row stand apart at least; a node is a column wide."""
    return (1.0, 0.6, 0.2)[isinstance(one, Bend) + isinstance(other, Bend)]


def mean(values: Sequence[float], otherwise: float) -> float:
    """The mean, where there are any."""
    return sum(values) / len(values) if values else otherwise

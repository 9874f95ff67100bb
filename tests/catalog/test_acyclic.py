"""The graph that never has a circle, against a search by hand."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.acyclic import Acyclic
from support.graphs import Graph, graphs

EDGES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60)


@given(graphs(), EDGES, st.integers(0, 60), EDGES)
def test_an_edge_is_refused_where_it_closes_a_circle_and_only_there(
    start: Graph, attempts: list[tuple[int, int]], announced: int, others: list[tuple[int, int]]
) -> None:
    coming = [edge for edge in attempts[:announced] + others[:5] if edge[0] != edge[1]]
    graph, edges = Acyclic(start.edges, coming), set(start.edges)
    for one, other in attempts:
        back = graph.add(one, other)
        closes = f"n{one}" in Graph(10, 0, frozenset(edges)).distances(other, "downstream")
        assert bool(back) == closes
        if closes:
            assert (back[0], back[-1]) == (other, one)
            assert set(pairwise(back)) <= edges
        else:
            edges.add((one, other))

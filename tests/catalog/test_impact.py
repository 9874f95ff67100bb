"""Impact: what needs a node and what it needs, against a walk by hand."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.graphs import Graph, graphs, store
from support.items import item, needs, registered, tried
from support.services import Running

ITEMS = "/v1/configuration-items"
QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@given(graphs(), st.data())
@QUICK
async def test_impact_is_what_a_walk_by_hand_finds(catalog: Running, graph: Graph, data: Any) -> None:
    tenant = f"t{uuid4().hex}"
    await store(catalog.db, tenant, graph)
    agent = catalog.caller("agent", tenant=tenant)
    start = data.draw(st.integers(0, graph.size - 1))
    for direction in ("upstream", "downstream"):
        expected = graph.distances(start, direction)
        del expected[graph.key(start)]
        for depth in range(1, max(expected.values(), default=0) + 2):
            path = f"/v1/{graph.collection(start)}/{graph.key(start)}/impact"
            found = await agent.get(f"{path}?direction={direction}&depth={depth}")
            shown = {node["key"]: node["distance"] for node in found["nodes"]}
            assert shown == {key: steps for key, steps in expected.items() if steps <= depth}
            assert [n["distance"] for n in found["nodes"]] == sorted(shown.values())
            for node in found["nodes"]:
                pair = (int(node["via"]["key"][1:]), int(node["key"][1:]))
                assert (pair if direction == "downstream" else pair[::-1]) in graph.edges
                assert shown.get(node["via"]["key"], 0) == node["distance"] - 1
                service = int(node["key"][1:]) < graph.services
                assert node["kind"] == ("service" if service else "configuration_item")


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 4)), max_size=25))
@QUICK
async def test_no_sequence_of_calls_makes_a_circle(
    catalog: Running, calls: list[tuple[bool, int, int]]
) -> None:
    admin = await registered(catalog, *(f"n{n}" for n in range(5)), tenant=f"t{uuid4().hex}")
    edges: dict[tuple[int, int], str] = {}
    for add, one, other in calls:
        if not add:
            if (identity := edges.pop((one, other), None)) is not None:
                gone = await admin.call("DELETE", f"/v1/dependencies/{identity}", If_Match="*")
                assert gone.status_code == 204
            continue
        back = Graph(5, 0, frozenset(edges)).distances(other, "downstream")
        status, body = await tried(admin, f"n{one}", f"n{other}")
        allowed = f"n{one}" not in back and (one, other) not in edges
        assert (status == 201) == allowed, body
        if allowed:
            edges[one, other] = body["id"]


async def test_an_impact_tells_what_each_node_is_and_how_it_is_reached(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "app", "db")
    await needs(admin, "service:shop", "app")
    await needs(admin, "app", "db")
    await catalog.db.execute(
        """UPDATE service SET card = (card::jsonb || '{"criticality": "high"}')::text WHERE key = 'shop'"""
    )
    found = await admin.get(f"{ITEMS}/db/impact")
    assert (found["direction"], found["depth"], found["truncated"]) == ("upstream", 5, False)
    assert (found["root"]["key"], found["root"]["ci_type"]) == ("db", "thing")
    app, shop = found["nodes"]
    assert app == {
        "kind": "configuration_item",
        "key": "app",
        "id": app["id"],
        "name": "The app",
        "status": "in_use",
        "ci_type": "thing",
        "environment": "production",
        "criticality": None,
        "distance": 1,
        "via": {"kind": "configuration_item", "key": "db"},
    }
    assert (shop["kind"], shop["status"], shop["criticality"]) == ("service", "proposed", "high")
    assert (shop["distance"], shop["via"]["key"]) == (2, "app")
    below = await admin.get("/v1/services/shop/impact?direction=downstream&depth=1")
    assert [node["key"] for node in below["nodes"]] == ["app"]


async def test_an_impact_shows_the_nearest_and_says_that_there_are_more(catalog: Running) -> None:
    admin = await registered(catalog, "db", "a", "b", "c")
    for one, other in (("a", "db"), ("b", "db"), ("c", "a")):
        await needs(admin, one, other)
    for limit, keys, truncated in ((1, ["a"], True), (2, ["a", "b"], True), (3, ["a", "b", "c"], False)):
        found = await admin.get(f"{ITEMS}/db/impact?limit={limit}")
        assert ([node["key"] for node in found["nodes"]], found["truncated"]) == (keys, truncated)


@pytest.mark.parametrize(
    "question", ["depth=0", "depth=51", "depth=x", "direction=sideways", "limit=0", "limit=10001", "deph=1"]
)
async def test_a_question_that_makes_no_sense_is_refused(catalog: Running, question: str) -> None:
    admin = await registered(catalog)
    await admin.creates(ITEMS, **item("db"))
    answer = await admin.call("GET", f"{ITEMS}/db/impact?{question}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, question.split("=")[0])
    assert (await admin.call("GET", f"{ITEMS}/nowhere/impact")).status_code == 404
    assert (await admin.call("GET", "/v1/services/db/impact")).status_code == 404

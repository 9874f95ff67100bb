"""The drawn graph: where nodes stand, and an SVG that anybody may open."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from hypothesis import given
from itsm_catalog.rules.map_drawing import Drawn, drawing
from itsm_catalog.rules.map_layout import WIDEST, layered
from support.graphs import Graph, graphs, store
from support.items import item, needs, registered
from support.services import Running

SVG = "{http://www.w3.org/2000/svg}"


@given(graphs(most=40))
def test_every_node_stands_below_what_needs_it_and_beside_the_others(graph: Graph) -> None:
    names = [graph.key(node) for node in range(graph.size)]
    edges = [(graph.key(one), graph.key(other)) for one, other in graph.edges]
    layout = layered(names, edges)
    assert layout.places.keys() == set(names)
    for one, other in edges:
        way = layout.ways[one, other]
        assert (way[0], way[-1]) == (layout.places[one], layout.places[other])
        assert [lower - upper for (_, upper), (_, lower) in pairwise(way)] == [1] * (len(way) - 1)
    for layer in range(layout.layers):
        columns = sorted(column for column, at in layout.places.values() if at == layer)
        assert len(columns) <= WIDEST
        assert all(right - left > 0.99 for left, right in pairwise(columns))
        assert all(-0.01 <= column <= layout.columns - 0.99 for column in columns)


def test_a_chain_is_straight_and_a_diamond_has_its_tip_in_the_middle() -> None:
    chain = layered(["a", "b", "c"], [("a", "b"), ("b", "c")])
    assert {column for column, _ in chain.places.values()} == {0.0}
    diamond = layered(["a", "b", "c", "d"], [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]).places
    assert diamond["a"][0] == diamond["d"][0] == pytest.approx((diamond["b"][0] + diamond["c"][0]) / 2)


def test_no_name_gets_out_of_its_place() -> None:
    hostile = """</text><script>alert(1)</script>" onload='x' & \x00\x0b\ud800]]>"""
    nodes = {"a": Drawn(hostile, "service", "a", "live", '/v1/services/a"><script>', hostile)}
    text = drawing(hostile, nodes, [], "a", hostile)
    root = ElementTree.fromstring(text.encode())  # noqa: S314  # our own document
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        "svg",
        "title",
        "desc",
        "style",
        "rect",
        "text",
        "a",
        "circle",
        "g",
    }
    assert all(not name.startswith("on") for element in root.iter() for name in element.attrib)


async def drawn(catalog: Running, path: str, tenant: str = "acme") -> Any:
    """A map as a tree, and the answer that it came in."""
    answer = await catalog.caller("agent", tenant=tenant).call("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml"), answer.text
    return ElementTree.fromstring(answer.content), answer  # noqa: S314  # our own document


async def test_a_map_shows_names_states_and_links_and_can_be_read_aloud(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "app", "db")
    await admin.creates("/v1/configuration-items", **item("x", name="<Fish & chips>", status="planned"))
    for one, other in (("service:shop", "app"), ("app", "db"), ("app", "x"), ("service:shop", "db")):
        await needs(admin, one, other)
    root, answer = await drawn(catalog, "/v1/services/shop/map.svg")
    assert root.get("role") == "img"
    ids = (root.get("aria-labelledby") or "").split()
    title, desc = (next(e.text for e in root.iter() if e.get("id") == name) for name in ids)
    assert title == "What The shop service needs"
    assert desc is not None
    assert "1 service, 3 configuration items and 4 dependencies" in desc
    assert "The app (app, thing, in use) needs db, x." in desc
    links = {
        link.get("href"): [text.text for text in link.iter(f"{SVG}text")] for link in root.iter(f"{SVG}a")
    }
    assert links == {
        "/v1/services/shop": ["The shop service", "proposed · service"],
        "/v1/configuration-items/app": ["The app", "in use · thing"],
        "/v1/configuration-items/db": ["The db", "in use · thing"],
        "/v1/configuration-items/x": ["<Fish & chips>", "planned · thing"],
    }
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "edge"]) == 4
    style = next(e.text or "" for e in root.iter(f"{SVG}style"))
    assert "prefers-color-scheme:dark" in style
    policy = answer.headers.get_list("content-security-policy")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policy == [f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"]


async def test_a_map_looks_up_as_well_and_as_far_as_asked(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "app", "db")
    await needs(admin, "service:shop", "app")
    await needs(admin, "app", "db")
    for question, keys in (("", {"db"}), ("?direction=upstream", {"db", "app", "shop"})):
        root, _ = await drawn(catalog, f"/v1/configuration-items/db/map.svg{question}")
        assert {(link.get("href") or "").rsplit("/", 1)[1] for link in root.iter(f"{SVG}a")} == keys
    root, _ = await drawn(catalog, "/v1/services/shop/map.svg?depth=1")
    assert len(list(root.iter(f"{SVG}a"))) == 2
    assert (await admin.call("GET", "/v1/services/shop/map.svg?depth=0")).status_code == 422
    assert (await catalog.caller("requester").call("GET", "/v1/services/shop/map.svg")).status_code == 403
    other = catalog.caller("agent", tenant="other")
    assert (await other.call("GET", "/v1/services/shop/map.svg")).status_code == 404


async def test_a_large_map_shows_the_nearest_and_says_what_it_leaves_out(catalog: Running) -> None:
    tenant = f"t{uuid4().hex}"
    star = {(0, node) for node in range(1, 231)}
    dense = {(one, other) for one in range(1, 40) for other in range(one + 1, 40)}
    await store(catalog.db, tenant, Graph(231, 1, frozenset(star | dense)))
    root, answer = await drawn(catalog, "/v1/services/n0/map.svg", tenant)
    assert len(list(root.iter(f"{SVG}a"))) == 200
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "edge"]) == 400
    (note,) = (text.text or "" for text in root.iter(f"{SVG}text") if text.get("class") == "note")
    assert re.fullmatch(
        r"Left out: only the nearest 200 are drawn, there are more; "
        r"\d+ dependencies among these are not drawn\. The impact lists everything\.",
        note,
    )
    assert len(answer.content) < 500_000

"""The drawn process: sound SVG that says in words what it shows, with labels that can be read."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import combinations
from typing import Final
from xml.etree.ElementTree import Element, fromstring

import httpx2
from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_chassis.auth.permissions import ROLES
from itsm_chassis.store.database import Database
from itsm_metrics.rules.flow.drawing import drawing
from itsm_metrics.rules.flow.picture import ACTIVITIES, TRANSITIONS, pictured
from support.incident_events import Story
from support.metrics import hear_stories, query

from .test_flow import bounced
from .test_flow_rules import made, step, tallied

SVG: Final = "{http://www.w3.org/2000/svg}"
GLYPH: Final = 6.2
"""Pixels of a character of a label, at most in the mean."""

PERIOD: Final = {"from_": "2025-03-01T00:00:00Z", "to": "2027-03-01T00:00:00Z"}


def drawn(*paths: str) -> Element:
    """The drawing of cases that go through activities of one letter each, an hour each."""
    cases = [
        made([step(n, name, 60 * n) for n, name in enumerate(path, 1)], number=number)
        for number, path in enumerate(paths, 1)
    ]
    flow = tallied(*cases)
    return fromstring(drawing("Flow", flow.cases, pictured(flow)))  # noqa: S314  # our own text


def labels(svg: Element) -> list[tuple[str, float, float, float]]:
    """The text of each arc's label, from where to where, and its height."""
    found = []
    for text in svg.iter(f"{SVG}text"):
        if text.attrib["class"].startswith("label"):
            x, y, said = float(text.attrib["x"]), float(text.attrib["y"]), text.text or ""
            left = x if text.attrib["text-anchor"] == "start" else x - GLYPH * len(said)
            found.append((said, left, left + GLYPH * len(said), y))
    return found


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("ABCDEFGHIJ", min_size=1, max_size=20), min_size=1, max_size=12))
def test_no_label_lies_on_another_or_outside_the_drawing(paths: list[str]) -> None:
    svg = drawn(*paths)
    width = float(svg.attrib["width"])
    found = labels(svg)
    assert all(left >= 0 and right <= width for _, left, right, _ in found)
    for (one, left, right, y), (other, start, end, height) in combinations(found, 2):
        assert abs(y - height) >= 12 or right <= start or end <= left, (one, other)


def test_it_says_in_words_what_it_shows() -> None:
    svg = drawn("AABC", "ACA", "AB")
    title, described = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert svg.attrib["role"] == "img"
    assert title is not None
    assert described is not None
    assert svg.attrib["aria-labelledby"] == f"{title.attrib['id']} {described.attrib['id']}"
    assert described.text is not None
    assert "A: 4 times, 3 begin and 1 end here." in described.text
    assert "A to B: 2 times, after 1.5 h (median), 90 % within 1.9 h; the bottleneck." in described.text
    assert {said for said, *_ in labels(svg)} == {"2 · 1.5 h", "1 · 1.0 h"}


def test_wide_is_frequent_and_the_slowest_is_told_apart() -> None:
    svg = drawn(*["AB"] * 100, *["BC"] * 25)
    widths = [
        float(path.attrib["stroke-width"])
        for path in svg.iter(f"{SVG}path")
        if "d" in path.attrib and "C" in path.attrib["d"]
    ]
    assert widths == [1.2 + 3.4, 1.2 + 6.8]


def test_only_the_most_frequent_is_drawn_and_the_rest_is_counted() -> None:
    names = "ABCDEFGHIJKLMNOPQRST"
    svg = drawn(*[one + other for one in names for other in names if one != other])
    assert len(labels(svg)) == TRANSITIONS
    assert sum(box.attrib["class"] == "box" for box in svg.iter(f"{SVG}rect")) == ACTIVITIES
    said = " ".join(text.text or "" for text in svg.iter(f"{SVG}text"))
    assert "Not drawn: 4 rarer activities and 350 rarer transitions." in said


async def test_it_is_safe_to_show(manager: httpx2.AsyncClient, db: Database) -> None:
    wild = Story(assignment_group='<script>alert("1")</script>\u0001').then(5, assignment_group="b&" * 40)
    await hear_stories(db, wild, bounced())
    asked = query({**PERIOD, "activity": "assignment_group"}.items())
    answer = await manager.get(f"/v1/flow/incident/graph.svg?{asked}")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    svg = fromstring(answer.text)  # noqa: S314  # our own text
    kinds = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert kinds <= {"svg", "title", "desc", "style", "rect", "text", "path", "g"}
    style = svg.find(f"{SVG}style")
    assert style is not None
    hashed = b64encode(sha256((style.text or "").encode()).digest()).decode()
    assert f"style-src 'sha256-{hashed}'" in answer.headers["content-security-policy"]
    assert all(
        selector.startswith((".flow", "@media"))
        for selector in re.findall(r"(?m)^[^{}\n]+(?=\{)", style.text or "")
    )


async def test_nothing_is_drawn_of_nothing_and_it_says_so(manager: httpx2.AsyncClient) -> None:
    answer = await manager.get("/v1/flow/change/graph.svg?to=2020-01-01T00:00:00Z")
    assert "No cases in this period." in answer.text
    assert "Change by status, 2019-12-02 to 2020-01-01" in answer.text


async def test_it_is_asked_as_the_figures_are(manager: httpx2.AsyncClient) -> None:
    assert (await manager.get("/v1/flow/incident/graph.svg?colour=red")).status_code == 422
    assert (await manager.get("/v1/flow/weather/graph.svg")).status_code == 404
    for role in ROLES:
        headers = {"authorization": f"Bearer acme.someone.{role}"}
        answer = await manager.get("/v1/flow/incident/graph.svg", headers=headers)
        assert (answer.status_code == 200) is (role != "requester")

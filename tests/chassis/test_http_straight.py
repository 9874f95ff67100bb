"""The short way to a handler differs from FastAPI's own in nothing but its cost."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from itsm_chassis.http import door
from itsm_chassis.http.straight import Straight, straight
from support.web import WIDGET, client, router, widgets

REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/widgets", {"json": {"title": "x", "parts": [{"name": "a"}]}}),
    ("POST", "/v1/widgets", {"json": {"title": 1, "nope": 2, "made_at": 3, "parts": [{"name": 4}]}}),
    ("POST", "/v1/widgets", {"json": []}),
    ("POST", "/v1/widgets", {"content": b"null", "headers": {"content-type": "application/json"}}),
    ("POST", "/v1/widgets", {}),
    ("POST", "/v1/widgets", {"content": b"", "headers": {"content-type": "application/json"}}),
    ("PATCH", WIDGET, {"json": {"title": None}, "headers": {"if-match": "*"}}),
    ("PATCH", "/v1/widgets/nope", {"json": {"title": 1}, "headers": {"if-match": "*"}}),
    ("POST", f"{WIDGET}/poke", {}),
    ("POST", "/v1/widgets/nope/poke", {}),
    ("GET", f"{WIDGET}?depth=0", {}),
    ("GET", f"{WIDGET}?depth=2", {}),
]


@pytest.fixture
def fastapis_way(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(door, "straight", lambda _route: None)
    return widgets()


@pytest.mark.parametrize(("method", "path", "more"), REQUESTS)
async def test_both_ways_answer_the_same(
    fastapis_way: FastAPI, monkeypatch: pytest.MonkeyPatch, method: str, path: str, more: dict[str, Any]
) -> None:
    monkeypatch.undo()
    answers = []
    for app in (fastapis_way, widgets()):
        async with client(app) as web:
            response = await web.request(method, path, **more)
        body = response.json()
        body.pop("trace_id", None)
        answers.append((response.status_code, response.headers.get("etag"), body))
    assert answers[0] == answers[1]


def test_only_plain_handlers_go_the_short_way() -> None:
    ways = {
        r.operation_id: isinstance(straight(r), Straight) for r in router.routes if isinstance(r, APIRoute)
    }
    assert ways == {
        "create_widget": True,
        "read_widget": False,  # a query parameter
        "patch_widget": True,
        "import_widgets": True,
        "fail_widget": False,  # a query parameter
        "poke_widget": True,
    }


def test_an_answer_that_is_no_response_goes_fastapis_way() -> None:
    made = APIRouter()

    @made.get("/a")
    async def untyped() -> dict[str, int]:
        return {}

    @made.get("/b")
    def in_a_thread() -> None: ...

    assert [straight(r) for r in made.routes if isinstance(r, APIRoute)] == [None, None]

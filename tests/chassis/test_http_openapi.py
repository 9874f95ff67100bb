"""The OpenAPI document tells what the door does."""

from typing import Any

import pytest
from itsm_chassis.http.door import Door
from support.web import PERMISSIONS, client, widgets


@pytest.fixture
def document() -> dict[str, Any]:
    return widgets().openapi()


def operation(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(
        op for path in document["paths"].values() for op in path.values() if op["operationId"] == name
    )


def headers(op: dict[str, Any]) -> set[str]:
    return {p["name"] for p in op["parameters"] if p["in"] == "header"}


def test_every_operation_wants_the_bearer_token_and_names_its_roles(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for name, roles in PERMISSIONS.items():
        assert f"Roles: {', '.join(sorted(roles | {'admin'}))}." in operation(document, name)["description"]


def test_every_error_is_a_problem_and_fastapis_own_shape_is_gone(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)
    for path in document["paths"].values():
        for op in path.values():
            for status, response in op["responses"].items():
                if status >= "400":
                    resolved = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
                    assert list(resolved["content"]) == ["application/problem+json"]
            assert {"400", "401", "403", "413", "415", "422", "503"} <= set(op["responses"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                found: Any = document
                for step in node["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(document)


def test_preconditions_and_keys_are_told_where_they_hold(document: dict[str, Any]) -> None:
    assert headers(operation(document, "patch_widget")) == {"If-Match"}
    assert headers(operation(document, "create_widget")) == {"Idempotency-Key"}
    assert headers(operation(document, "import_widgets")) == set()
    assert headers(operation(document, "read_widget")) == set()
    assert {"412", "428", "404"} <= set(operation(document, "patch_widget")["responses"])
    created = operation(document, "create_widget")["responses"]["201"]
    assert set(created["headers"]) == {"ETag", "Location", "Idempotency-Replayed"}


def test_a_patch_is_also_told_as_a_merge_patch(document: dict[str, Any]) -> None:
    content = operation(document, "patch_widget")["requestBody"]["content"]
    assert set(content) == {"application/json", "application/merge-patch+json"}


def test_the_feed_is_told_as_a_page_and_as_a_stream(document: dict[str, Any]) -> None:
    content = operation(document, "read_events")["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}


def test_asking_twice_gives_the_same_document() -> None:
    app = widgets()
    assert str(app.openapi()) == str(app.openapi())


async def test_the_document_is_served_without_a_token() -> None:
    app = widgets()
    async with client(app, bearer=None) as web:
        assert (await web.get("/openapi.json")).json() == app.openapi()


def test_no_operation_is_without_a_door() -> None:
    open_to_all = {"/livez", "/readyz", "/metrics", "/openapi.json"}
    for route in widgets().router.routes:
        assert isinstance(getattr(route, "app", None), Door) or getattr(route, "path", "") in open_to_all

"""What every response has, and how each failure is told."""

import re
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import structlog
from prometheus_client import REGISTRY
from support.web import WIDGET, Ready, client, widgets


@pytest.fixture
async def web() -> AsyncIterator[httpx2.AsyncClient]:
    async with client(widgets()) as made:
        yield made


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("missing", 404, "not_found"),
        ("refused", 409, "wrong_state"),
        ("forbidden", 403, "not_yours"),
        ("stale", 412, "stale"),
        ("unavailable", 503, "unavailable"),
    ],
)
async def test_an_error_of_ours_becomes_the_problem_of_its_class(
    web: httpx2.AsyncClient, how: str, status: int, code: str
) -> None:
    response = await web.post(f"{WIDGET}/fail?how={how}")
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in response.headers) == (status == 503)


async def test_an_unforeseen_error_is_500_logged_once_and_tells_the_client_nothing(
    web: httpx2.AsyncClient,
) -> None:
    with structlog.testing.capture_logs() as logs:
        response = await web.post(f"{WIDGET}/fail?how=bug")
    assert response.status_code == 500
    assert "secret" not in response.text
    told = [entry for entry in logs if entry["event"] == "unhandled_error"]
    assert len(told) == 1
    assert told[0]["exc_info"]
    assert [entry["status"] for entry in logs if entry["event"] == "request"] == [500]


async def test_every_response_has_the_security_headers(web: httpx2.AsyncClient) -> None:
    for path in (WIDGET, "/nowhere", "/livez", f"{WIDGET}/fail?how=bug", "/openapi.json"):
        response = await web.get(path)
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in response.headers["content-security-policy"]


async def test_an_unknown_address_is_a_problem_404(web: httpx2.AsyncClient) -> None:
    for path in ("/", "/v2/widgets", "/v1/widgets/", "/docs", "/redoc"):
        response = await web.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "not_found"), path


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", WIDGET, "GET, PATCH"),
        ("PUT", "/v1/widgets", "POST"),
        ("OPTIONS", WIDGET, "GET, PATCH"),
        ("POST", "/livez", "GET, HEAD"),
        ("BREW", WIDGET, "GET, PATCH"),
    ],
)
async def test_405_lists_the_methods_of_every_route_at_that_address(
    web: httpx2.AsyncClient, method: str, path: str, allow: str
) -> None:
    response = await web.request(method, path)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["allow"] == allow


async def test_a_missing_or_wrong_field_is_named_by_json_pointer(web: httpx2.AsyncClient) -> None:
    body = {"count": "1", "nope": 1, "a/b~c": 2, "parts": [{"name": 1}]}
    response = await web.post("/v1/widgets", json=body)
    assert response.status_code == 422
    found = {error["pointer"]: error["code"] for error in response.json()["errors"]}
    assert found == {
        "/title": "missing",
        "/count": "int_type",
        "/nope": "extra_forbidden",
        "/a~1b~0c": "extra_forbidden",
        "/parts/0/name": "string_type",
    }


async def test_a_wrong_parameter_is_named(web: httpx2.AsyncClient) -> None:
    response = await web.get(f"{WIDGET}?depth=10")
    assert [error["pointer"] for error in response.json()["errors"]] == ["depth"]
    response = await web.get("/v1/widgets/not-a-uuid")
    assert [error["pointer"] for error in response.json()["errors"]] == ["widget_id"]


async def test_input_is_never_quoted_back_and_a_flood_of_findings_is_cut(web: httpx2.AsyncClient) -> None:
    body = {"title": "x", "parts": [{"name": 1, "hunter2": 1}] * 500}
    response = await web.post("/v1/widgets", json=body)
    assert len(response.json()["errors"]) == 50
    assert '"input"' not in response.text


async def test_a_sane_request_id_is_taken_over_and_any_other_replaced(web: httpx2.AsyncClient) -> None:
    given = await web.get(WIDGET, headers={"x-request-id": "abc-123.X_y"})
    assert given.headers["x-request-id"] == "abc-123.X_y"
    for bad in ("a b", "x" * 65, "", "a\tb", "<script>"):
        made = await web.get(WIDGET, headers={"x-request-id": bad})
        assert re.fullmatch("[0-9a-f]{32}", made.headers["x-request-id"]), bad


@pytest.mark.parametrize(
    "bad",
    [
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "garbage",
    ],
)
async def test_an_invalid_traceparent_begins_a_new_trace(web: httpx2.AsyncClient, bad: str) -> None:
    body = (await web.get("/nowhere", headers={"traceparent": bad})).json()
    assert re.fullmatch("[0-9a-f]{32}", body["trace_id"])
    assert body["trace_id"].lower() not in bad.lower()


async def test_a_traceparent_of_a_later_version_is_continued(web: httpx2.AsyncClient) -> None:
    later = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"
    body = (await web.get("/nowhere", headers={"traceparent": later})).json()
    assert body["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_headers_beyond_32_kb_are_431(web: httpx2.AsyncClient) -> None:
    response = await web.get(WIDGET, headers={"x-big": "a" * 33_000})
    assert (response.status_code, response.json()["code"]) == (431, "headers_too_large")
    assert (await web.get(WIDGET, headers={"x-big": "a" * 30_000})).status_code == 200


async def test_line_breaks_in_an_address_forge_no_log_line(web: httpx2.AsyncClient) -> None:
    with structlog.testing.capture_logs() as logs:
        await web.get("/v1/widgets%0d%0aforged%1b[2J")
    (entry,) = [entry for entry in logs if entry["event"] == "request"]
    assert entry["path"] == "/v1/widgets\\r\\nforged\\x1b[2J"
    assert entry["route"] == "unmatched"


async def test_requests_are_counted_by_route_template_never_by_raw_path(web: httpx2.AsyncClient) -> None:
    labels = {"method": "GET", "route": "/v1/widgets/{widget_id}", "status": "200"}
    before = REGISTRY.get_sample_value("itsm_http_requests_total", labels) or 0
    await web.get(WIDGET)
    await web.get("/v1/secret-path")
    assert REGISTRY.get_sample_value("itsm_http_requests_total", labels) == before + 1
    text = (await web.get("/metrics")).text
    assert 'itsm_http_request_duration_seconds_count{method="GET",route="/v1/widgets/{widget_id}"}' in text
    assert "secret-path" not in text
    assert "0190f3d0" not in text


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [("ready", 200, "ready"), ("degraded", 200, "degraded"), (None, 503, "unavailable")],
)
async def test_readyz_says_what_health_says_without_a_token(
    state: str | None, status: int, word: str
) -> None:
    health = Ready()
    health.state = state  # type: ignore[assignment]  # the stub's health is set from outside
    async with client(widgets(health=health), bearer=None) as web:
        response = await web.get("/readyz")
        assert (response.status_code, response.json()) == (status, {"status": word})
        assert (await web.get("/livez")).status_code == 200
        assert (await web.get("/metrics")).status_code == 200


async def test_a_replay_says_so_and_a_creation_names_its_address(web: httpx2.AsyncClient) -> None:
    created = await web.post("/v1/widgets", json={"title": "x"})
    assert (created.headers["etag"], created.headers["location"]) == ('"1"', WIDGET)
    assert "idempotency-replayed" not in created.headers
    assert (await web.post(f"{WIDGET}/poke")).headers["idempotency-replayed"] == "true"


async def test_a_client_that_leaves_before_its_body_is_complete_is_no_error() -> None:
    messages: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )
    sent = []

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer a.b.agent"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/widgets",
        "query_string": b"",
        "headers": headers,
    }
    with structlog.testing.capture_logs() as logs:
        await widgets()(scope, receive, send)
    assert sent == []
    assert [(entry["event"], entry["status"]) for entry in logs] == [("request", 499)]


async def test_a_service_without_routers_still_answers_for_its_health() -> None:
    app = widgets(routers=())
    async with client(app, bearer=None) as web:
        assert (await web.get("/livez")).status_code == 200
        assert (await web.get("/v1/events")).status_code == 404

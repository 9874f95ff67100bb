"""What the door lets in, and what it says to the rest."""

import hashlib
from collections.abc import AsyncIterator

import httpx2
import pytest
from itsm_chassis.http.incoming import MAX_BODY_BYTES
from support.web import PERMISSIONS, WIDGET, client, router, seen, widgets

JSON = {"content-type": "application/json"}


@pytest.fixture
async def web() -> AsyncIterator[httpx2.AsyncClient]:
    seen.clear()
    async with client(widgets()) as made:
        yield made


def problem(response: httpx2.Response, status: int, code: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = response.json()
    assert body["code"] == code
    assert body["status"] == status
    assert len(str(body["trace_id"])) == 32
    return body


async def test_an_operation_without_a_row_is_refused_when_the_service_is_built() -> None:
    rows = {name: roles for name, roles in PERMISSIONS.items() if name != "read_widget"}
    with pytest.raises(LookupError, match=r"'read_widget' has no row in the permissions table.*Add one"):
        widgets(permissions=rows)


async def test_a_row_with_an_unknown_role_is_refused_when_the_service_is_built() -> None:
    with pytest.raises(LookupError, match="names agnet"):
        widgets(permissions={**PERMISSIONS, "read_widget": frozenset({"agnet"})})


async def test_without_a_token_the_answer_is_401_with_a_challenge(web: httpx2.AsyncClient) -> None:
    response = await web.get(WIDGET, headers={"authorization": ""})
    problem(response, 401, "unauthenticated")
    del web.headers["authorization"]
    response = await web.get(WIDGET)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"] == 'Bearer realm="itsm"'


async def test_a_bad_token_is_401_and_says_why_before_anything_else_is_looked_at(
    web: httpx2.AsyncClient,
) -> None:
    response = await web.post("/v1/widgets", content=b"{not json", headers={"authorization": "Bearer nobody"})
    problem(response, 401, "invalid_token")
    assert (
        'error="invalid_token", error_description="The token has expired.'
        in response.headers["www-authenticate"]
    )


async def test_an_issuer_that_is_away_is_503_and_not_the_callers_fault(web: httpx2.AsyncClient) -> None:
    response = await web.get(WIDGET, headers={"authorization": "Bearer down"})
    problem(response, 503, "unavailable")
    assert response.headers["retry-after"] == "2"


@pytest.mark.parametrize("role", ["requester", "agent", "manager", "change_manager", "admin", "service"])
async def test_each_role_may_do_what_its_row_says_and_admin_everything(
    web: httpx2.AsyncClient, role: str
) -> None:
    as_role = {"authorization": f"Bearer acme.anna.{role}"}
    read = await web.get(WIDGET, headers=as_role)
    made = await web.post("/v1/widgets", json={"title": "x"}, headers=as_role)
    assert (read.status_code == 200) == (role in {"agent", "requester", "admin"})
    assert (made.status_code == 201) == (role in {"agent", "admin"})


async def test_403_says_what_is_needed_and_what_the_token_has(web: httpx2.AsyncClient) -> None:
    response = await web.post("/v1/widgets", json={}, headers={"authorization": "Bearer acme.rita.requester"})
    body = problem(response, 403, "forbidden")
    assert body["detail"] == ("create_widget needs one of the roles admin, agent; this token has: requester.")


async def test_the_context_says_who_for_which_tenant_and_which_trace(web: httpx2.AsyncClient) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    await web.get(WIDGET, headers={"traceparent": trace})
    ctx, _ = seen[-1]
    assert (ctx.tenant, ctx.actor, ctx.roles) == ("acme", "anna", frozenset({"agent"}))
    assert ctx.traceparent is not None
    assert ctx.traceparent.startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert ctx.traceparent.endswith("-01")
    assert "00f067aa0ba902b7" not in ctx.traceparent
    assert ctx.now.utcoffset() is not None
    assert ctx.key is None


async def test_an_idempotency_key_comes_with_its_scope_and_the_hash_of_the_body(
    web: httpx2.AsyncClient,
) -> None:
    body = b'{"title": "x"}'
    await web.post("/v1/widgets", content=body, headers={**JSON, "idempotency-key": "k1"})
    key = seen[-1][0].key
    assert key is not None
    assert (key.value, key.method, key.path) == ("k1", "POST", "/v1/widgets")
    assert key.fingerprint == hashlib.sha256(body).digest()


@pytest.mark.parametrize("value", ["", " ", "a b", "k" * 256, "k\xfc"])
async def test_a_malformed_idempotency_key_is_422(web: httpx2.AsyncClient, value: str) -> None:
    headers = {b"content-type": b"application/json", b"idempotency-key": value.encode("latin-1")}
    response = await web.post("/v1/widgets", content=b'{"title":"x"}', headers=headers)
    body = problem(response, 422, "idempotency_key_malformed")
    assert body["errors"][0]["pointer"] == "Idempotency-Key"  # type: ignore[index]  # a problem's errors are a list


async def test_an_import_streams_beyond_the_limit_and_ignores_the_key(web: httpx2.AsyncClient) -> None:
    headers = {
        "content-type": "application/x-ndjson",
        "idempotency-key": "k",
        "authorization": "Bearer a.b.service",
    }
    response = await web.post("/v1/widgets:import", content=b"x" * (MAX_BODY_BYTES + 5), headers=headers)
    assert response.text == str(MAX_BODY_BYTES + 5)
    assert seen[-1][0].key is None


async def test_an_import_of_another_type_is_415(web: httpx2.AsyncClient) -> None:
    headers = {"content-type": "application/json", "authorization": "Bearer a.b.service"}
    response = await web.post("/v1/widgets:import", content=b"{}", headers=headers)
    problem(response, 415, "content_type")


@pytest.mark.parametrize(("header", "expected"), [('"7"', 7), ("*", None)])
async def test_if_match_names_the_version(web: httpx2.AsyncClient, header: str, expected: int | None) -> None:
    response = await web.patch(WIDGET, json={"title": "x"}, headers={"if-match": header})
    assert response.status_code == 200
    assert seen[-1][0].expected == expected


async def test_a_versioned_operation_without_if_match_is_428(web: httpx2.AsyncClient) -> None:
    problem(await web.patch(WIDGET, json={"title": "x"}), 428, "if_match_required")


@pytest.mark.parametrize("header", ["7", '"seven"', '"7", "8"', '"-1"', '"07"', "", '"7'])
async def test_a_malformed_if_match_is_422(web: httpx2.AsyncClient, header: str) -> None:
    response = await web.patch(WIDGET, json={"title": "x"}, headers={"if-match": header})
    problem(response, 422, "if_match_malformed")


@pytest.mark.parametrize("header", ['"0"', '"2147483648"', '"9999999999999999999"'])
async def test_a_version_that_no_record_can_have_is_stale(web: httpx2.AsyncClient, header: str) -> None:
    problem(await web.patch(WIDGET, json={"title": "x"}, headers={"if-match": header}), 412, "stale")


async def test_a_weak_tag_matches_no_version(web: httpx2.AsyncClient) -> None:
    answer = await web.patch(WIDGET, json={"title": "x"}, headers={"if-match": 'W/"7"'})
    assert "without the W/" in str(problem(answer, 412, "weak_if_match")["detail"])


async def test_if_match_means_nothing_where_no_version_is_asked_for(web: httpx2.AsyncClient) -> None:
    assert (await web.get(WIDGET, headers={"if-match": "nonsense"})).status_code == 200


@pytest.mark.parametrize("name", ["if-match", "idempotency-key", "authorization", "content-type"])
async def test_a_header_that_must_stand_alone_is_refused_twice(web: httpx2.AsyncClient, name: str) -> None:
    response = await web.request(
        "PATCH", WIDGET, content=b"{}", headers=[("if-match", '"1"'), ("x-a", "1"), (name, "x"), (name, "y")]
    )
    problem(response, 400, "header_repeated")


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/xml", "application/merge-patch+json", "application/json; charset=latin-1"],
)
async def test_a_body_of_another_type_is_415(web: httpx2.AsyncClient, media: str) -> None:
    response = await web.post("/v1/widgets", content=b'{"title":"x"}', headers={"content-type": media})
    problem(response, 415, "content_type")
    assert response.headers["accept"] == "application/json"


async def test_a_body_of_no_type_is_415(web: httpx2.AsyncClient) -> None:
    problem(await web.post("/v1/widgets", content=b'{"title":"x"}'), 415, "content_type")


@pytest.mark.parametrize("media", ["application/json", "Application/JSON ; charset=UTF-8"])
async def test_json_is_taken_however_its_type_is_spelled(web: httpx2.AsyncClient, media: str) -> None:
    response = await web.post("/v1/widgets", content=b'{"title":"x"}', headers={"content-type": media})
    assert response.status_code == 201


async def test_a_patch_may_call_itself_a_merge_patch(web: httpx2.AsyncClient) -> None:
    headers = {"content-type": "application/merge-patch+json", "if-match": "*"}
    response = await web.patch(WIDGET, content=b'{"title": null}', headers=headers)
    assert response.status_code == 200
    assert seen[-1][1].model_fields_set == {"title"}


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "gzip, identity"])
async def test_a_compressed_body_is_415_so_that_no_bomb_is_unpacked(
    web: httpx2.AsyncClient, coding: str
) -> None:
    response = await web.post(
        "/v1/widgets", content=b"\x1f\x8b", headers={**JSON, "content-encoding": coding}
    )
    problem(response, 415, "content_encoding")


@pytest.mark.parametrize("method", ["POST", "PATCH", "GET"])
async def test_a_body_over_the_limit_is_413_on_every_operation(web: httpx2.AsyncClient, method: str) -> None:
    path = "/v1/widgets" if method == "POST" else WIDGET
    big = b'{"title":"' + b"x" * MAX_BODY_BYTES + b'"}'
    response = await web.request(method, path, content=big, headers=JSON)
    problem(response, 413, "body_too_large")
    assert response.headers["connection"] == "close"


async def test_endless_chunks_are_cut_off_at_the_limit(web: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50 * MAX_BODY_BYTES:
            sent += 65536
            yield b"[" * 65536

    problem(await web.post("/v1/widgets", content=endless(), headers=JSON), 413, "body_too_large")
    assert sent <= MAX_BODY_BYTES + 2 * 65536


@pytest.mark.parametrize("lie", ["5", "-1", "1e3", "+5"])
async def test_a_content_length_that_lies_does_not_lift_the_limit(web: httpx2.AsyncClient, lie: str) -> None:
    big = b'{"title":"' + b"x" * MAX_BODY_BYTES + b'"}'
    headers = {**JSON, "content-length": lie}
    problem(await web.post("/v1/widgets", content=big, headers=headers), 413, "body_too_large")


async def test_a_body_exactly_at_the_limit_is_read(web: httpx2.AsyncClient) -> None:
    body = b'{"title":"' + b"x" * (MAX_BODY_BYTES - 12) + b'"}'
    assert len(body) == MAX_BODY_BYTES
    assert (await web.post("/v1/widgets", content=body, headers=JSON)).status_code == 201


async def test_an_operation_without_a_body_takes_an_empty_object_and_nothing_more(
    web: httpx2.AsyncClient,
) -> None:
    assert (await web.post(f"{WIDGET}/poke")).status_code == 200
    assert (await web.post(f"{WIDGET}/poke", json={})).status_code == 200
    problem(await web.post(f"{WIDGET}/poke", json={"a": 1}), 422, "body_not_expected")


@pytest.mark.parametrize("path", ["/v1/widgets/%00", f"{WIDGET}?depth=%00", f"{WIDGET}?x=a%00b"])
async def test_nul_in_an_address_is_422(web: httpx2.AsyncClient, path: str) -> None:
    problem(await web.get(path), 422, "nul_character")


async def test_the_same_router_can_be_built_into_two_services() -> None:
    before = [route.app for route in router.routes]  # type: ignore[attr-defined]  # every route of a router is an APIRoute
    widgets()
    assert [route.app for route in router.routes] == before  # type: ignore[attr-defined]  # every route of a router is an APIRoute


async def test_a_parameter_that_an_operation_does_not_know_is_422_and_named(web: httpx2.AsyncClient) -> None:
    answer = await web.get(f"{WIDGET}?colour=red")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_parameter")
    assert answer.json()["errors"][0]["pointer"] == "colour"

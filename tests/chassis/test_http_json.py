"""Hostile JSON is refused at the door; sound JSON comes through unchanged."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_chassis.http import strict_json
from itsm_chassis.http.problem import Rejected
from support.web import client, seen, widgets

MALFORMED = [
    b"{",
    b'{"title":"x"} trailing',
    b'{"title":"x"}{}',
    b'{"title":NaN}',
    b'{"title":Infinity}',
    b'{"title":-Infinity}',
    b'{"title":"\xff"}',
    b'{"title":"\xed\xa0\x80"}',
    b'{"title":"a\x00b"}',
    b'{"title":"a\nb"}',
    b"{'title':'x'}",
    b'\xef\xbb\xbf{"title":"x"}',
    '{"title":"x"}'.encode("utf-16"),
    b'{"title":"x",}',
    b'{"title":01}',
    b"\x00",
]
UNPROCESSABLE = {
    "duplicate_name": [b'{"title":"x","title":"y"}', b'{"title":"x","extra":{"a":1,"\\u0061":2}}'],
    "nul_character": [b'{"title":"a\\u0000b"}', b'{"title":"x","extra":{"a\\u0000":1}}'],
    "lone_surrogate": [
        b'{"title":"\\ud800"}',
        b'{"title":"\\udc00\\ud800"}',
        b'{"title":"x","extra":{"\\uD83D":1}}',
    ],
    "integer_too_large": [
        b'{"count":9223372036854775808}',
        b'{"count":-9223372036854775809}',
        b'{"count":1%s}' % (b"0" * 5000),
    ],
    "number_too_large": [b'{"weight":1e999}', b'{"weight":-1e999}'],
    "nested_too_deep": [
        b'{"extra":{"a":' + b"[" * 63 + b"]" * 63 + b"}}",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
}


@pytest.fixture
async def web() -> AsyncIterator[httpx2.AsyncClient]:
    seen.clear()
    async with client(widgets()) as made:
        yield made


async def post(web: httpx2.AsyncClient, body: bytes) -> tuple[int, str]:
    response = await web.post("/v1/widgets", content=body, headers={"content-type": "application/json"})
    assert response.headers["content-type"] == "application/problem+json", response.text
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("body", MALFORMED)
async def test_what_is_not_json_is_400(web: httpx2.AsyncClient, body: bytes) -> None:
    assert await post(web, body) == (400, "malformed_json")
    assert seen == []


@pytest.mark.parametrize(
    ("code", "body"), [(code, body) for code, bodies in UNPROCESSABLE.items() for body in bodies]
)
async def test_json_that_cannot_be_stored_faithfully_is_422(
    web: httpx2.AsyncClient, code: str, body: bytes
) -> None:
    assert await post(web, body) == (422, code)
    assert seen == []


@pytest.mark.parametrize("body", [b"null", b"1", b'"x"', b"[]", b"[{}]", b"true"])
async def test_json_that_is_no_object_is_422(web: httpx2.AsyncClient, body: bytes) -> None:
    assert (await post(web, body))[0] == 422


async def test_a_million_elements_are_refused_in_bounded_time(web: httpx2.AsyncClient) -> None:
    body = b'{"title":[' + b"1," * 500_000 + b"1]}"
    began = time.perf_counter()
    assert (await post(web, body))[0] == 422
    assert time.perf_counter() - began < 5


def test_depth_64_is_still_read() -> None:
    body = b"[" * 64 + b"]" * 64
    assert strict_json.parse(body) == json.loads(body)
    with pytest.raises(Rejected):
        strict_json.parse(b"[" + body + b"]")


def test_what_only_looks_hostile_is_let_through() -> None:
    for text in ("\\u0000", "\u202eabc", "\U0001f600", "\\ud800", "[" * 200, "\x7f", "\u2028"):
        for ascii_only in (True, False):
            raw = json.dumps({"title": text}, ensure_ascii=ascii_only).encode()
            assert strict_json.parse(raw) == {"title": text}


values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
@settings(max_examples=200, deadline=None)
def test_sound_json_comes_through_unchanged(value: object, ascii_only: bool) -> None:
    assert strict_json.parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


def outcome(raw: bytes) -> int:
    try:
        strict_json.parse(raw)
    except Rejected as error:
        return error.status
    return 200


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert outcome(raw) in (200, 400, 422)

"""The issuer's keys over HTTP: discovered, rotated, and asked for no more often than needed."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from itsm_chassis.auth import keys
from itsm_chassis.auth.keys import KeySet
from itsm_chassis.errors import Unavailable

ISSUER = "https://issuer.example"
ED = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


class Issuer:
    """Answers for the issuer, and counts how often it was asked."""

    def __init__(self) -> None:
        self.kids = ["k1"]
        self.asked: list[str] = []
        self.issuer = ISSUER
        self.status = 200

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(str(request.url))
        if request.url.path == "/.well-known/openid-configuration":
            told = {"issuer": self.issuer, "jwks_uri": f"{ISSUER}/jwks"}
            return httpx2.Response(self.status, json=told)
        return httpx2.Response(
            self.status, text=json.dumps({"keys": [ED | {"kid": kid} for kid in self.kids]})
        )


class Clock:
    """Seconds, moved by hand."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(keys, "time", made)
    return made


@pytest.fixture
def issuer(monkeypatch: pytest.MonkeyPatch) -> Issuer:
    made = Issuer()
    real = httpx2.AsyncClient

    def with_issuer(**options: Any) -> httpx2.AsyncClient:
        return real(transport=httpx2.MockTransport(made), **options)

    monkeypatch.setattr(httpx2, "AsyncClient", with_issuer)
    return made


async def test_the_keys_are_discovered_from_the_issuer(issuer: Issuer, clock: Clock) -> None:
    assert clock.now
    assert await KeySet(ISSUER).find("k1") is not None
    assert issuer.asked == [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/jwks"]


async def test_a_discovery_document_of_another_issuer_is_not_believed(issuer: Issuer, clock: Clock) -> None:
    assert clock.now
    issuer.issuer = "https://evil.example"
    with pytest.raises(Unavailable):
        await KeySet(ISSUER).find("k1")


async def test_a_rotated_key_is_found_by_asking_again(issuer: Issuer, clock: Clock) -> None:
    held = KeySet(ISSUER, f"{ISSUER}/jwks")
    assert await held.find("k1")
    issuer.kids = ["k2"]
    clock.now += keys.REFETCH_S
    assert await held.find("k2")
    assert await held.find("k1") is None


async def test_unknown_key_ids_make_us_ask_at_most_once_in_ten_seconds(issuer: Issuer, clock: Clock) -> None:
    held = KeySet(ISSUER, f"{ISSUER}/jwks")
    await held.find("k1")
    clock.now += keys.REFETCH_S
    for i in range(50):
        assert await held.find(f"made-up-{i}") is None
    assert len(issuer.asked) == 2
    clock.now += keys.REFETCH_S - 0.1
    await held.find("made-up")
    assert len(issuer.asked) == 2


async def test_many_calls_at_once_ask_once(issuer: Issuer, clock: Clock) -> None:
    assert clock.now
    held = KeySet(ISSUER, f"{ISSUER}/jwks")
    found = await asyncio.gather(*(held.find("k1") for _ in range(50)))
    assert all(found)
    assert len(issuer.asked) == 1


async def test_known_keys_stay_in_use_while_the_issuer_is_away(issuer: Issuer, clock: Clock) -> None:
    held = KeySet(ISSUER, f"{ISSUER}/jwks")
    await held.find("k1")
    issuer.status = 500
    clock.now += keys.STALE_S + 1
    assert await held.find("k1")
    assert await held.find("k9") is None
    assert len(issuer.asked) == 2


async def test_a_withdrawn_key_is_forgotten_when_the_keys_have_grown_old(
    issuer: Issuer, clock: Clock
) -> None:
    held = KeySet(ISSUER, f"{ISSUER}/jwks")
    await held.find("k1")
    issuer.kids = ["k2"]
    assert await held.find("k1")
    clock.now += keys.STALE_S + 1
    assert await held.find("k1") is None


async def test_an_issuer_that_comes_up_late_is_asked_again_within_a_second(
    issuer: Issuer, clock: Clock
) -> None:
    held = KeySet(ISSUER, f"{ISSUER}/jwks")
    issuer.status = 503
    for _ in range(10):
        with pytest.raises(Unavailable):
            await held.find("k1")
    assert len(issuer.asked) == 1
    issuer.status = 200
    clock.now += keys.RETRY_S
    assert await held.find("k1")


@pytest.mark.parametrize("url", ["ftp://issuer.example/jwks", "jwks.json", "data:,{}", "http://[bad"])
async def test_an_address_of_another_kind_is_unavailable_and_not_a_crash(url: str) -> None:
    with pytest.raises(Unavailable):
        await KeySet(ISSUER, url).find("k1")

"""Bearer tokens: the ones that are let in, and every kind that is not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from itsm_chassis.auth import tokens
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.auth.tokens import Verifier
from itsm_chassis.errors import Unavailable
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

SHORT = 1024
ISSUER, AUDIENCE = "https://issuer.example", "itsm"
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def jwk(key: Any, kid: str | None, **more: str) -> dict[str, Any]:
    kinds = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    algorithm: Any = next((a for kind, a in kinds.items() if isinstance(key, kind)), OKPAlgorithm)
    found: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return found | ({"kid": kid} if kid else {}) | more


def claims(**changes: Any) -> dict[str, Any]:
    now = time.time()
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "anna",
        "exp": now + 60,
        "tenant": "acme",
        "roles": ["agent"],
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ...}


def token(key: Any = RSA_KEY, algorithm: str = "RS256", kid: str | None = "k1", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, {"kid": kid} if kid else None)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [jwk(RSA_KEY, "k1"), jwk(EC_KEY, "k2"), jwk(ED_KEY, "k3")]}))
    return path


@pytest.fixture
def verifier(keys: Path) -> Verifier:
    return Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=keys.as_uri())


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [
        (RSA_KEY, "RS256", "k1"),
        (RSA_KEY, "PS256", "k1"),
        (EC_KEY, "ES256", "k2"),
        (ED_KEY, "EdDSA", "k3"),
    ],
)
async def test_a_token_of_each_accepted_algorithm_is_let_in(
    verifier: Verifier, key: Any, algorithm: str, kid: str
) -> None:
    assert await verifier.verify(token(key, algorithm, kid)) == Principal(
        "anna", "acme", frozenset({"agent"})
    )


def unsigned() -> str:
    _, body, _ = token().split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT", "kid": "k1"}).encode())
    return f"{forged.rstrip(b'=').decode()}.{body}."


def signed_with_public_key() -> str:
    """HS256 with the RSA public key as its secret: the classic confusion."""
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}).encode())
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode())
    signed = b".".join([head.rstrip(b"="), body.rstrip(b"=")])
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    mac = base64.urlsafe_b64encode(hmac.digest(pem, signed, hashlib.sha256)).rstrip(b"=")
    return b".".join([signed, mac]).decode()


def tampered() -> str:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(roles=["admin"])).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def deep_header() -> str:
    head = base64.urlsafe_b64encode(b"[" * 4000).rstrip(b"=").decode()
    return f"{head}.e30.e30"


REFUSED: dict[str, tuple[Callable[[], str], str]] = {
    "alg none": (unsigned, "algorithm"),
    "HS256 under the public key": (signed_with_public_key, "algorithm"),
    "RS512": (lambda: token(algorithm="RS512"), "algorithm"),
    "another key": (lambda: token(OTHER_KEY), "signature"),
    "tampered": (tampered, "signature"),
    "unknown kid": (lambda: token(kid="k9"), "does not publish"),
    "no kid, several keys": (lambda: token(kid=None), "does not publish"),
    "key of another kind": (lambda: token(EC_KEY, "ES256", "k1"), "algorithm"),
    "expired": (lambda: token(exp=time.time() - 60), "expired"),
    "not yet valid": (lambda: token(nbf=time.time() + 60), "not valid yet"),
    "wrong aud": (lambda: token(aud="other"), "audience"),
    "wrong iss": (lambda: token(iss="https://evil.example"), "issuer"),
    "missing exp": (lambda: token(exp=...), "exp, iss, aud and sub"),
    "missing iss": (lambda: token(iss=...), "exp, iss, aud and sub"),
    "missing aud": (lambda: token(aud=...), "exp, iss, aud and sub"),
    "missing sub": (lambda: token(sub=...), "exp, iss, aud and sub"),
    "exp a text": (lambda: token(exp="soon"), "exp, iss, aud and sub"),
    "exp true": (lambda: token(exp=True), "exp, iss, aud and sub"),
    "exp NaN": (lambda: token(exp=float("nan")), "exp, iss, aud and sub"),
    "exp infinite": (lambda: token(exp=float("inf")), "exp, iss, aud and sub"),
    "missing tenant": (lambda: token(tenant=...), "tenant"),
    "empty tenant": (lambda: token(tenant=""), "tenant"),
    "long tenant": (lambda: token(tenant="a" * 65), "tenant"),
    "tenant with a line break": (lambda: token(tenant="acme\n"), "tenant"),
    "tenant with a slash": (lambda: token(tenant="../acme"), "tenant"),
    "tenant a number": (lambda: token(tenant=5), "tenant"),
    "sub with a control character": (lambda: token(sub="an\x00na"), "sub"),
    "empty sub": (lambda: token(sub=""), "sub"),
    "long sub": (lambda: token(sub="a" * 201), "sub"),
    "missing roles": (lambda: token(roles=...), "roles"),
    "roles a text": (lambda: token(roles="admin"), "roles"),
    "roles with a number": (lambda: token(roles=["agent", 1]), "roles"),
    "10 KB": (lambda: token(roles=["x" * 10_000]), "longer than"),
    "empty": (lambda: "", "JWT"),
    "garbage": (lambda: "a.b.c", "JWT"),
    "two dots": (lambda: "..", "JWT"),
    "not ascii": (lambda: "ü.ü.ü", "JWT"),
    "deep header": (deep_header, "JWT"),
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_every_other_token_is_refused_with_its_reason(verifier: Verifier, kind: str) -> None:
    make, reason = REFUSED[kind]
    with pytest.raises(Unauthenticated, match=reason):
        await verifier.verify(make())
    assert verifier.known(make()) is None


async def test_a_token_over_the_bound_is_refused_before_it_is_parsed(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_: str) -> dict[str, Any]:
        raise AssertionError("parsed")

    monkeypatch.setattr(jwt, "get_unverified_header", never)
    with pytest.raises(Unauthenticated, match="longer"):
        await verifier.verify("a" * 8193)


async def test_a_verified_token_is_remembered_but_never_past_its_exp(keys: Path) -> None:
    now = time.time()
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=keys.as_uri(), clock=lambda: now)
    given = token(exp=now + 100)
    await verifier.verify(given)
    assert verifier.known(given) is not None
    now += 99
    assert verifier.known(given) is not None
    now += 1
    assert verifier.known(given) is None
    now += tokens.LEEWAY_S
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(given)


async def test_a_remembered_token_is_looked_at_again_after_a_while(keys: Path) -> None:
    now = time.time()
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=keys.as_uri(), clock=lambda: now)
    given = token(exp=now + 10_000)
    await verifier.verify(given)
    now += tokens.REMEMBER_S
    assert verifier.known(given) is None


async def test_what_is_remembered_is_bounded(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 3)
    given = [token(sub=f"s{i}") for i in range(5)]
    for one in given:
        await verifier.verify(one)
    assert [verifier.known(one) is not None for one in given] == [False, False, True, True, True]


def publish(path: Path, *published: dict[str, Any]) -> None:
    path.write_text(json.dumps({"keys": published}))


async def test_a_single_key_without_id_serves_tokens_without_id(keys: Path) -> None:
    publish(keys, jwk(RSA_KEY, None))
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=keys.as_uri())
    assert (await verifier.verify(token(kid=None))).tenant == "acme"


@pytest.mark.parametrize(
    "bad",
    [
        jwk(rsa.generate_private_key(65537, SHORT), "k1"),
        jwk(RSA_KEY, "k1", use="enc"),
        jwk(RSA_KEY, "k1", alg="RS512"),
        {"kty": "oct", "k": "c2VjcmV0", "kid": "k1", "alg": "HS256"},
        {"kty": "RSA", "kid": "k1", "n": "!", "e": "AQAB"},
        {"kty": "EC", "crv": "P-521", "kid": "k1"},
    ],
)
async def test_a_key_that_must_not_verify_is_left_out(keys: Path, bad: dict[str, Any]) -> None:
    publish(keys, bad, jwk(EC_KEY, "k2"))
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=keys.as_uri())
    assert await verifier.verify(token(EC_KEY, "ES256", "k2"))
    with pytest.raises(Unauthenticated):
        await verifier.verify(token())


async def test_a_key_for_one_algorithm_verifies_no_other(keys: Path) -> None:
    publish(keys, jwk(RSA_KEY, "k1", alg="PS256"))
    verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=keys.as_uri())
    assert await verifier.verify(token(algorithm="PS256"))
    with pytest.raises(Unauthenticated, match="algorithm"):
        await verifier.verify(token(algorithm="RS256"))


@pytest.mark.parametrize(
    "content", ["{}", "[]", "not json", '{"keys": []}', '{"keys": 5}', '{"keys": [5]}', None]
)
async def test_without_any_key_the_answer_is_unavailable(keys: Path, content: str | None) -> None:
    url = keys.as_uri() if content is not None else "file:///nowhere/jwks.json"
    keys.write_text(content or "")  # noqa: ASYNC240 - nothing else runs meanwhile
    with pytest.raises(Unavailable, match="keys of the token issuer"):
        await Verifier(issuer=ISSUER, audience=AUDIENCE, jwks_url=url).verify(token())

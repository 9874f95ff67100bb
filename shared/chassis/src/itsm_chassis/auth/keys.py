"""The issuer's public keys, fetched when first needed and again when it rotates them."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx2
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from itsm_chassis.errors import Unavailable

ALGORITHMS: dict[tuple[Any, Any], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "PS256"),
    ("EC", "P-256"): ("ES256",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
"""What a key of each kind may verify. Symmetric keys and every other algorithm are left out on purpose."""

REFETCH_S = 10.0
"""An unknown key id makes us ask the issuer again, but at most this often."""

RETRY_S = 1.0
"""How soon to ask again while we hold no key at all."""

STALE_S = 600.0
"""Keys older than this are fetched again, so that a withdrawn key stops working."""

TIMEOUT_S = 5.0
MIN_RSA_BITS = 2048

log = structlog.get_logger(__name__)


class VerifyKey(NamedTuple):
    """A public key and the algorithms that it may be used with."""

    key: Any
    algorithms: tuple[str, ...]


class KeySet:
    """The keys behind a JWKS address (http, https or file), or behind the issuer's discovery document."""

    def __init__(self, issuer: str, url: str | None = None) -> None:
        """`url` None: ask `<issuer>/.well-known/openid-configuration` where the keys are."""
        self._issuer = issuer
        self._url = url
        self._keys: dict[str | None, VerifyKey] = {}
        self._tried = self._fetched = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, kid: str | None) -> VerifyKey | None:
        """The key of this id; a token without an id gets the only key there is. None: no such key.

        Raises `Unavailable` while no key could be fetched at all.
        """
        now = time.monotonic()
        if self._pick(kid) is None or now - self._fetched > STALE_S:
            async with self._lock:
                wait = REFETCH_S if self._keys else RETRY_S
                if time.monotonic() - self._tried >= wait and (
                    self._pick(kid) is None or now - self._fetched > STALE_S
                ):
                    await self._refresh()
        if not self._keys:
            raise Unavailable(
                f"The keys of the token issuer {self._issuer} cannot be read, so no token can be checked. "
                "See this service's log for the address and the reason.",
                "issuer_unavailable",
            )
        return self._pick(kid)

    def _pick(self, kid: str | None) -> VerifyKey | None:
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        """Fetch; on failure the keys that we have stay in use."""
        self._tried = time.monotonic()
        where = self._url
        try:
            if where is None:
                where = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                document = await read(where)
                if document.get("issuer") != self._issuer:
                    raise ValueError(f"the document names another issuer: {document.get('issuer')!r}")
                where = str(document["jwks_uri"])
            keys = usable(await read(where))
            if not keys:
                raise ValueError("it holds no key that can verify RS256, PS256, ES256 or EdDSA")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, KeyError, TypeError) as error:
            log.warning(
                "jwks_unreadable",
                url=where,
                reason=f"{type(error).__name__}: {error}"[:300],
                meaning="known keys stay in use"
                if self._keys
                else "every call is answered 503 until it can be read",
            )
            return
        self._keys, self._fetched = keys, time.monotonic()


async def read(url: str) -> dict[str, Any]:
    """The JSON object at an http, https or file address."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        raw = await asyncio.to_thread(Path(unquote(parts.path)).read_bytes)
    elif parts.scheme in ("http", "https"):
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
            raw = (await client.get(url)).raise_for_status().content
    else:
        raise ValueError(f"{url!r} is neither http, https nor file")
    document = json.loads(raw)
    if not isinstance(document, dict):
        raise TypeError("not a JSON object")
    return document


def usable(document: dict[str, Any]) -> dict[str | None, VerifyKey]:
    """The keys of a JWKS that may verify a token, by key id; all others are skipped."""
    keys: dict[str | None, VerifyKey] = {}
    for jwk in document["keys"]:
        if not isinstance(jwk, dict):
            continue
        fitting = ALGORITHMS.get((jwk.get("kty"), jwk.get("crv")), ())
        stated = jwk.get("alg")
        algorithms = tuple(name for name in fitting if stated in (None, name))
        if not algorithms or jwk.get("use", "sig") != "sig":
            continue
        try:
            key = PyJWK(jwk, algorithms[0]).key
        except PyJWTError as error:
            log.warning("jwk_unusable", kid=jwk.get("kid"), reason=str(error))
            continue
        if isinstance(key, RSAPublicKey) and key.key_size < MIN_RSA_BITS:
            log.warning("jwk_unusable", kid=jwk.get("kid"), reason=f"RSA below {MIN_RSA_BITS} bits")
            continue
        keys[jwk.get("kid")] = VerifyKey(key, algorithms)
    return keys

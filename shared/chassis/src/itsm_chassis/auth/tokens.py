"""Bearer tokens: verified once, then remembered until they expire."""

import math
import re
import time
from collections.abc import Callable
from typing import Any, Protocol

import jwt

from itsm_chassis.auth.keys import KeySet, VerifyKey
from itsm_chassis.auth.principal import Principal, Unauthenticated

MAX_TOKEN_CHARS = 8192
LEEWAY_S = 10
REMEMBER_S = 300.0
"""A verified token is looked at again after this long, so that a withdrawn key stops working."""

REMEMBERED = 10_000
TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SUBJECT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,200}")
REQUIRED = ["exp", "iss", "aud", "sub"]

REASONS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "The token has expired. Get a new one.",
    jwt.ImmatureSignatureError: "The token is not valid yet.",
    jwt.InvalidAudienceError: "The token is meant for another audience than this service.",
    jwt.InvalidIssuerError: "The token comes from an issuer that this service does not trust.",
    jwt.InvalidSignatureError: "The token's signature does not match.",
    jwt.InvalidAlgorithmError: "The token is signed with an algorithm that is not accepted for its key.",
}


class Checks(Protocol):
    """What the door needs of a verifier; tests may bring their own."""

    def known(self, token: str) -> Principal | None:
        """The principal of a token verified a short while ago."""
        ...

    async def verify(self, token: str) -> Principal:
        """The token's principal; raises `Unauthenticated` or `Unavailable`."""
        ...


class Verifier:
    """Verifies JWTs of one issuer for one audience, with its public keys."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks_url: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`jwks_url`: http, https or file; None asks the issuer's discovery document."""
        self._issuer = issuer
        self._audience = audience
        self._keys = KeySet(issuer, jwks_url)
        self._clock = clock
        self._known: dict[str, tuple[Principal, float]] = {}

    def known(self, token: str) -> Principal | None:
        """The principal of a token verified a short while ago and not yet expired."""
        entry = self._known.get(token)
        if entry is None:
            return None
        if entry[1] <= self._clock():
            del self._known[token]
            return None
        return entry[0]

    async def verify(self, token: str) -> Principal:
        """The token's principal.

        Raises `Unauthenticated` where the token is not valid, `Unavailable` where the issuer's keys
        cannot be had at all.
        """
        if (principal := self.known(token)) is not None:
            return principal
        if len(token) > MAX_TOKEN_CHARS:
            raise Unauthenticated(f"The token is longer than {MAX_TOKEN_CHARS} characters.")
        claims = await self.claims(token)
        principal = identify(claims)
        now = self._clock()
        while len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[token] = (principal, min(float(claims["exp"]), now + REMEMBER_S))
        return principal

    async def claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature, issuer, audience and times hold; else `Unauthenticated`."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid)
            return self._decode(token, key)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            reason = REASONS.get(type(error), "The token is not a valid JWT with exp, iss, aud and sub.")
            raise Unauthenticated(reason) from error

    def _decode(self, token: str, key: VerifyKey | None) -> dict[str, Any]:
        if key is None:
            raise Unauthenticated("The token is signed with a key that the issuer does not publish.")
        now = self._clock()
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=list(key.algorithms),
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_S,
            options={"require": REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        expires, begins = moment(claims["exp"]), moment(claims.get("nbf", now))
        if expires <= now - LEEWAY_S:
            raise jwt.ExpiredSignatureError
        if begins > now + LEEWAY_S:
            raise jwt.ImmatureSignatureError
        return claims


def moment(claim: Any) -> float:
    """A NumericDate claim in seconds; TypeError or ValueError for anything else (NaN compares as never)."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        raise TypeError("a time claim must be a number")
    if not math.isfinite(claim):
        raise ValueError("a time claim must be finite")
    return float(claim)


def identify(claims: dict[str, Any]) -> Principal:
    """The principal of verified claims; `Unauthenticated` names the claim that is wrong."""
    subject, tenant, roles = claims["sub"], claims.get("tenant"), claims.get("roles")
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        raise Unauthenticated("The claim sub must be 1 to 200 printable characters.")
    if not isinstance(tenant, str) or not TENANT.fullmatch(tenant):
        raise Unauthenticated(
            "The claim tenant must be 1 to 64 letters, digits, dots, dashes or underscores, "
            "the first of them a letter or digit."
        )
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Unauthenticated("The claim roles must be a list of strings.")
    return Principal(subject, tenant, frozenset(roles))

"""Signing a person in at the issuer: OpenID Connect, authorization code with PKCE, as a public client."""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2

from itsm_chassis.auth.keys import TIMEOUT_S, read
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.auth.tokens import Verifier, identify
from itsm_chassis.errors import Unavailable

NETWORK = (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, KeyError, TypeError)


class Attempt(NamedTuple):
    """One try to sign in: what must come back, and the secret that only its beginner holds."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Attempt":
        """Three values that nobody can guess."""
        return cls(*(secrets.token_urlsafe(32) for _ in range(3)))

    @property
    def challenge(self) -> str:
        """S256 of the verifier, RFC 7636."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).decode().rstrip("=")


class SignIn:
    """A public client of one issuer: without a secret, so PKCE proves that who redeems a code asked."""

    def __init__(self, *, issuer: str, client: str, audience: str, jwks_url: str | None = None) -> None:
        """`audience` is that of the access tokens, whose claims say tenant and roles."""
        self._issuer = issuer
        self._client = client
        self._identities = Verifier(issuer=issuer, audience=client, jwks_url=jwks_url)
        self._accesses = Verifier(issuer=issuer, audience=audience, jwks_url=jwks_url)

    async def address(self, attempt: Attempt, back: str) -> str:
        """Where the browser goes to sign in; it comes back to `back` with code and state."""
        endpoint = (await self._discover())["authorization_endpoint"]
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": back,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def redeem(self, attempt: Attempt, code: str, back: str) -> tuple[Principal, float]:
        """Who has signed in, and until when that holds; raises Unauthenticated or Unavailable."""
        tokens = await self._tokens(attempt, code, back)
        identity = await self._identities.claims(str(tokens.get("id_token", "")))
        if not secrets.compare_digest(str(identity.get("nonce", "")).encode(), attempt.nonce.encode()):
            raise Unauthenticated("The issuer's answer belongs to another sign-in. Sign in again.")
        access = await self._accesses.claims(str(tokens.get("access_token", "")))
        if access["sub"] != identity["sub"]:
            raise Unauthenticated("The issuer's two tokens name different people. Sign in again.")
        return identify(access), float(access["exp"])

    async def _tokens(self, attempt: Attempt, code: str, back: str) -> dict[str, Any]:
        endpoint = (await self._discover())["token_endpoint"]
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client,
            "code": code,
            "redirect_uri": back,
            "code_verifier": attempt.verifier,
        }
        try:
            async with httpx2.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
                answer = await client.post(endpoint, data=form)
            if answer.status_code in (400, 401):
                raise Unauthenticated("The issuer does not accept this sign-in (any more). Sign in again.")
            found = answer.raise_for_status().json()
        except NETWORK as error:
            raise self._away(error) from error
        return found if isinstance(found, dict) else {}

    async def _discover(self) -> dict[str, str]:
        try:
            document = await read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if document["issuer"] != self._issuer:
                raise ValueError(f"the document names another issuer: {document['issuer']!r}")
            return {name: str(document[name]) for name in ("authorization_endpoint", "token_endpoint")}
        except NETWORK as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"Nobody can sign in at the moment: the issuer {self._issuer} does not answer as it should "
            f"({type(error).__name__}). Who is signed in already is not affected.",
            "issuer_unavailable",
        )

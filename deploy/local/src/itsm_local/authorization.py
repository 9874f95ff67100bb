"""The development issuer's side of OpenID Connect: authorization code with PKCE, for clients on this machine.

FOR DEVELOPMENT ONLY: it believes whatever name, tenant and roles are typed in, and asks for no password.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from itsm_local.issuer import LIFETIME, ROLES, SUBJECT, TENANT, Issuer

CODE_S = 60
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ASKED = ("client_id", "redirect_uri", "state", "nonce", "code_challenge")


class WronglyAsked(Exception):
    """The request to sign in, or to redeem a code, cannot be granted; the sentence says why."""


@dataclass(frozen=True)
class Grant:
    """Somebody has signed in for a client, which has not fetched the tokens yet."""

    asked: Mapping[str, str]
    subject: str
    tenant: str
    roles: Sequence[str]
    until: int


class Authorization:
    """Codes live in memory for a minute, and are good once. Not to be called from two threads at once."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._grants: dict[str, Grant] = {}

    def understand(self, query: Mapping[str, str]) -> dict[str, str]:
        """What a client asks for; raises WronglyAsked where it may not, or does not say it all."""
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            raise WronglyAsked("Only response_type=code with code_challenge_method=S256 is spoken here.")
        missing = [name for name in ASKED if not query.get(name)]
        if missing:
            raise WronglyAsked(f"The request lacks {', '.join(missing)}.")
        back = urlsplit(query["redirect_uri"])
        if back.scheme not in ("http", "https") or back.hostname not in LOOPBACK or back.fragment:
            raise WronglyAsked("redirect_uri must be on this machine (127.0.0.1, localhost).")
        return {name: query[name] for name in ASKED}

    def grant(self, asked: dict[str, str], form: Mapping[str, str], roles: Sequence[str], now: int) -> str:
        """Sign in whoever the form names; where the browser goes with the code."""
        subject, tenant = form.get("subject", "").strip(), form.get("tenant", "").strip()
        if not SUBJECT.fullmatch(subject) or not TENANT.fullmatch(tenant):
            raise WronglyAsked("Subject and tenant must be 1 to 64 letters, digits, dots, dashes, _ or @.")
        if not roles or not set(roles) <= ROLES:
            raise WronglyAsked(f"Choose at least one role of {', '.join(sorted(ROLES))}.")
        self._grants = {code: grant for code, grant in self._grants.items() if grant.until > now}
        code = secrets.token_urlsafe(32)
        self._grants[code] = Grant(asked, subject, tenant, roles, now + CODE_S)
        back = asked["redirect_uri"]
        query = urlencode({"code": code, "state": asked["state"]})
        return f"{back}{'&' if urlsplit(back).query else '?'}{query}"

    def redeem(self, form: Mapping[str, str], now: int) -> dict[str, object]:
        """The tokens for a code; raises WronglyAsked, after which the code is good for nobody."""
        grant = self._grants.pop(form.get("code", ""), None)
        if form.get("grant_type") != "authorization_code" or grant is None or grant.until <= now:
            raise WronglyAsked("The code is unknown, used or too old.")
        if any(form.get(name) != grant.asked[name] for name in ("client_id", "redirect_uri")):
            raise WronglyAsked("The code was made for another client or address.")
        proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode()
        if not secrets.compare_digest(proof.rstrip("="), grant.asked["code_challenge"]):
            raise WronglyAsked("The code_verifier is not that of the code.")
        return {
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "access_token": self._issuer.token(grant.tenant, grant.roles, grant.subject, now),
            "id_token": self._issuer.identity(
                grant.asked["client_id"], grant.subject, grant.asked["nonce"], now
            ),
        }

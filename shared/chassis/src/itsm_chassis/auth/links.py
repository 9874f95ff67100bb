"""Signed links: addresses that carry who made them, for clients that can send no bearer token."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.errors import SuiteError

LONGEST = 1000
REFUSED = "The link is not valid (any more). Make a new one."

Find = Callable[[str, UUID], Awaitable[Principal | None]]
"""Who made a tenant's link of this id; None where it is revoked, or was never there."""


def invalid() -> SuiteError:
    """401: for links that stand in for a bearer token."""
    return Unauthenticated(REFUSED)


class Links:
    """Makes and checks tokens: tenant and link by name, and a signature that only we can make.

    A token is as secret as a password. What it opens is looked up each time, so revoking works at once.
    """

    def __init__(self, key: bytes, find: Find, refused: Callable[[], SuiteError] = invalid) -> None:
        """Replicas must share the key. `refused` makes what is raised for a token that is not valid."""
        self._key = key
        self._find = find
        self._refused = refused

    def token(self, tenant: str, link: UUID) -> str:
        """What stands in the address."""
        said = urlsafe_b64encode(json.dumps([tenant, str(link)]).encode()).decode().rstrip("=")
        return f"{said}.{self._signature(said)}"

    async def verify(self, token: str) -> Principal:
        """Who made the link; raises what `refused` makes, whatever is wrong with the token."""
        said, _, signature = token.partition(".")
        if len(token) > LONGEST or not token.isascii():
            raise self._refused()
        if not hmac.compare_digest(signature, self._signature(said)):
            raise self._refused()
        principal = await self._find(*named(token))
        if principal is None:
            raise self._refused()
        return principal

    def _signature(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), sha256).hexdigest()


def named(token: str) -> tuple[str, UUID]:
    """The tenant and the link that a token names; for tokens that were verified."""
    said = token.partition(".")[0]
    tenant, link = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    return tenant, UUID(link)

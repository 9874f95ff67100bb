"""Signed links: addresses that carry who made them, for clients that can send no bearer token."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

from itsm_chassis.auth.principal import Principal, Unauthenticated

LONGEST = 1000
REFUSED = "The link is not valid (any more). Make a new one."

Find = Callable[[str, UUID], Awaitable[Principal | None]]
"""Who made a tenant's link of this id; None where it is revoked, or was never there."""


class Links:
    """Makes and checks tokens: tenant and link by name, and a signature that only we can make.

    A token is as secret as a password. What it opens is looked up each time, so revoking works at once.
    """

    def __init__(self, key: bytes, find: Find) -> None:
        """Replicas must share the key."""
        self._key = key
        self._find = find

    def token(self, tenant: str, link: UUID) -> str:
        """What stands in the address."""
        said = urlsafe_b64encode(json.dumps([tenant, str(link)]).encode()).decode().rstrip("=")
        return f"{said}.{self._signature(said)}"

    async def verify(self, token: str) -> Principal:
        """Who made the link; raises Unauthenticated."""
        said, _, signature = token.partition(".")
        if len(token) > LONGEST or not token.isascii():
            raise Unauthenticated(REFUSED)
        if not hmac.compare_digest(signature, self._signature(said)):
            raise Unauthenticated(REFUSED)
        principal = await self._find(*named(token))
        if principal is None:
            raise Unauthenticated(REFUSED)
        return principal

    def _signature(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), sha256).hexdigest()


def named(token: str) -> tuple[str, UUID]:
    """The tenant and the link that a token names; for tokens that were verified."""
    said = token.partition(".")[0]
    tenant, link = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    return tenant, UUID(link)

"""What a browser keeps for us and can neither read nor alter: encrypted, for one purpose, until a moment."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from itsm_chassis.auth.principal import Principal

SESSION = "itsm_session"
"""The cookie in which a page's caller is remembered."""

LONGEST = 3800
"""A browser drops a cookie of more than 4,096 bytes without a word."""


class Vault:
    """Seals values into text for a cookie. Replicas must share the key."""

    def __init__(self, key: bytes) -> None:
        """`key` may be of any length."""
        self._fernet = Fernet(urlsafe_b64encode(sha256(b"vault\n" + key).digest()))

    def seal(self, purpose: str, content: dict[str, Any], expires: float) -> str:
        """Text that `open` understands until `expires` (seconds since 1970)."""
        said = json.dumps([purpose, expires, content], separators=(",", ":"))
        return self._fernet.encrypt(said.encode()).decode()

    def open(self, purpose: str, text: str, now: float) -> dict[str, Any] | None:
        """What was sealed; None where it is not ours, for something else, or has expired."""
        if len(text) > LONGEST or not text.isascii():
            return None
        try:
            stated, expires, content = json.loads(self._fernet.decrypt(text.encode()))
        except InvalidToken:
            return None
        return dict(content) if stated == purpose and now < expires else None

    def seal_session(self, principal: Principal, expires: float) -> str:
        """A session of this person."""
        content = {
            "subject": principal.subject,
            "tenant": principal.tenant,
            "roles": sorted(principal.roles),
        }
        return self.seal(SESSION, content, expires)

    def open_session(self, text: str, now: float) -> Principal | None:
        """Whose session it is; None where it is none (any more)."""
        content = self.open(SESSION, text, now)
        if content is None:
            return None
        return Principal(content["subject"], content["tenant"], frozenset(content["roles"]))

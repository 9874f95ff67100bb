"""Who asks, for which tenant, when, and under which conditions: what every command is given."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key with its scope; `fingerprint` is a hash of the request's body."""

    value: str
    method: str
    path: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Context:
    """One call. `expected` is the version of If-Match, None where it was `*` or not asked for."""

    tenant: str
    actor: str
    roles: frozenset[str]
    now: datetime
    traceparent: str | None = None
    key: Key | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers; `body` is JSON text, `version` becomes the ETag."""

    status: int
    body: str
    version: int | None = None
    location: str | None = None
    replayed: bool = False

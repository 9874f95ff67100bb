"""Locks on rows that others rely on: whoever relies on one shares it, whoever ends one takes it alone.

Those who share (KEY SHARE) never wait for one another, nor for an edit of the row.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ORDERABLE: Final = """
SELECT 1 FROM unnest($2::text[], $3::text[]) AS wanted (offering, service)
JOIN offering AS o ON o.tenant = $1 AND o.key = wanted.offering AND NOT o.retired
JOIN service AS s ON s.tenant = $1 AND s.key = wanted.service AND s.status IN ('live', 'retiring')
FOR KEY SHARE OF o, s
"""
SERVICES: Final = "SELECT key, status FROM service WHERE tenant = $1 AND key = ANY ($2) FOR KEY SHARE"
SERVICE: Final = "SELECT 1 FROM service WHERE tenant = $1 AND key = $2 FOR UPDATE"
POLICY_SHARED: Final = "SELECT 1 FROM sla_policy WHERE tenant = $1 AND key = $2 FOR KEY SHARE"
POLICY: Final = "SELECT 1 FROM sla_policy WHERE tenant = $1 AND key = $2 FOR UPDATE"
OFFERING: Final = "SELECT 1 FROM offering WHERE tenant = $1 AND key = $2 FOR UPDATE"
ORDERED_AFTER: Final = """
SELECT max(submitted_at) FROM service_request
WHERE tenant = $1 AND offering = $2 AND submitted_at > $3 AND external_id IS NULL
"""


async def orderable(conn: "Connection[Any]", tenant: str, wanted: Collection[tuple[str, str]]) -> bool:
    """Whether all these offerings of these services can be ordered; if so, they stay it until the commit."""
    offerings, services = zip(*sorted(wanted), strict=True)
    return len(await conn.fetch(ORDERABLE, tenant, offerings, services)) == len(wanted)


async def services(conn: "Connection[Any]", tenant: str, keys: Collection[str]) -> dict[str, str]:
    """The states of these services, as far as there are any; none of them is retired before the commit."""
    return dict(await conn.fetch(SERVICES, tenant, sorted(keys)))


async def service_alone(conn: "Connection[Any]", tenant: str, key: str) -> None:
    """Wait for whoever relies on the service; until the commit nobody else comes to."""
    await conn.execute(SERVICE, tenant, key)


async def policy_shared(conn: "Connection[Any]", tenant: str, key: str | None) -> None:
    """Until the commit nobody retires the policy."""
    await conn.execute(POLICY_SHARED, tenant, key)


async def policy_alone(conn: "Connection[Any]", tenant: str, key: str) -> None:
    """Wait for whoever agrees on the policy; until the commit nobody else does."""
    await conn.execute(POLICY, tenant, key)


async def last_order(conn: "Connection[Any]", tenant: str, key: str, since: datetime) -> datetime | None:
    """When the offering was last ordered after a moment, if it was; until the commit nobody orders it."""
    await conn.execute(OFFERING, tenant, key)
    found: datetime | None = await conn.fetchval(ORDERED_AFTER, tenant, key, since)
    return found

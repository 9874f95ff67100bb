"""Which services and items the implemented changes touched, read when our own changes are told of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.bus.decoding import Received

from itsm_change.rules.attribution import DEFAULT

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

FORGET: Final = "DELETE FROM touched WHERE change_id = ANY($1::uuid[])"
TOUCHED: Final = """
INSERT INTO touched (change_id, tenant, kind, key, implemented_at)
SELECT c.id, c.tenant, node.kind, node.key, c.implemented_at FROM change c CROSS JOIN LATERAL (
    SELECT 'service' AS kind, key FROM unnest(c.services) AS given (key)
    UNION SELECT 'configuration_item', key FROM unnest(c.configuration_items) AS given (key)) AS node
WHERE c.id = ANY($1::uuid[]) AND c.implemented_at IS NOT NULL
"""
CONCERNED: Final = """
WITH RECURSIVE up (tenant, kind, key, implemented_at, distance) AS (
    SELECT tenant, kind, key, implemented_at, 0 FROM touched WHERE change_id = ANY($1::uuid[])
    UNION
    SELECT up.tenant, d.dependent_kind, d.dependent_key, up.implemented_at, up.distance + 1
    FROM up JOIN dependency d ON d.tenant = up.tenant AND d.dependency_kind = up.kind
        AND d.dependency_key = up.key AND d.present
    WHERE up.distance < $2
)
SELECT a.incident_id AS id FROM up JOIN affected a ON a.tenant = up.tenant AND a.kind = up.kind
    AND a.key = up.key AND a.opened_at >= up.implemented_at
    AND a.opened_at < up.implemented_at + $3::interval
UNION SELECT incident_id FROM suspect WHERE change_id = ANY($1::uuid[])
UNION SELECT i.id FROM change c JOIN incident i
    ON i.tenant = c.tenant AND i.caused_by IN (c.id::text, c.number, c.external_id)
WHERE c.id = ANY($1::uuid[])
"""


async def keep(conn: "Connection[Any]", events: Sequence[Received]) -> set[UUID]:
    """Keep what was touched; the incidents that these changes may concern, also when recorded late."""
    ids = sorted({event.envelope.subject for event in events})
    if not ids:
        return set()
    await conn.execute(FORGET, ids)
    await conn.execute(TOUCHED, ids)
    return {row["id"] for row in await conn.fetch(CONCERNED, ids, DEFAULT.depth, DEFAULT.window)}

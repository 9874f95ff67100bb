"""What is around a service: its policy, its offerings, its open requests, who depends on it, and on what."""

from typing import Final

from pydantic import TypeAdapter

from itsm_catalog.rules.portfolio import PortfolioService
from itsm_catalog.rules.service_lifecycle import NAMED, Some, Surroundings
from itsm_catalog.tables.directory import Reader
from itsm_catalog.tables.graph import retired_needs

SERVICE: Final = TypeAdapter(PortfolioService)

POLICY: Final = "SELECT retired FROM sla_policy WHERE tenant = $1 AND key = $2"
OFFERINGS: Final = """
SELECT key, count(*) OVER () AS total FROM offering WHERE tenant = $1 AND service = $2 AND NOT retired
ORDER BY key LIMIT $3
"""
REQUESTS: Final = """
SELECT number, count(*) OVER () AS total FROM service_request WHERE tenant = $1 AND service = $2
AND status IN ('submitted', 'awaiting_approval', 'approved', 'in_fulfilment', 'on_hold')
ORDER BY submitted_at, id LIMIT $3
"""
DEPENDENTS: Final = """
SELECT s.key, count(*) OVER () AS total FROM dependency d JOIN service s ON s.id = d.dependent_id
WHERE d.tenant = $1 AND d.dependency_id = (SELECT id FROM service WHERE tenant = $1 AND key = $2)
AND s.status IN ('live', 'retiring') ORDER BY s.key LIMIT $3
"""
UNDER_POLICY: Final = """
SELECT key, count(*) OVER () AS total FROM service WHERE tenant = $1 AND sla_policy = $2
AND status IN ('live', 'retiring') ORDER BY key LIMIT $3
"""


async def around(db: Reader, tenant: str, service: PortfolioService) -> Surroundings:
    """The surroundings of a service, as they are now."""
    needs = [node.key for node in (await retired_needs(db, tenant, [service.id])).get(service.id, [])]
    return Surroundings(
        policy_retired=await db.fetchval(POLICY, tenant, service.sla_policy),
        offerings=await some(db, OFFERINGS, tenant, service.key),
        requests=await some(db, REQUESTS, tenant, service.key),
        dependents=await some(db, DEPENDENTS, tenant, service.key),
        retired_needs=Some(len(needs), needs[:NAMED]),
    )


async def some(db: Reader, statement: str, tenant: str, key: str) -> Some:
    """How many there are, and what the first are called."""
    rows = await db.fetch(statement, tenant, key, NAMED)
    return Some(rows[0]["total"], [row[0] for row in rows]) if rows else Some()


def read(card: str) -> PortfolioService:
    """The service that a card shows."""
    return SERVICE.validate_json(card)

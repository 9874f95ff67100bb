"""What is around a service: its policy, its offerings, its open requests, and who depends on it."""

from typing import Final

from pydantic import TypeAdapter

from itsm_catalog.rules.portfolio import PortfolioService
from itsm_catalog.rules.service_lifecycle import Surroundings
from itsm_catalog.tables.directory import Reader

SERVICE: Final = TypeAdapter(PortfolioService)
POLICY: Final = "SELECT retired FROM sla_policy WHERE tenant = $1 AND key = $2"


async def around(db: Reader, tenant: str, service: PortfolioService) -> Surroundings:
    """The surroundings of a service, as they are now."""
    return Surroundings(policy_retired=await db.fetchval(POLICY, tenant, service.sla_policy))


def read(card: str) -> PortfolioService:
    """The service that a card shows."""
    return SERVICE.validate_json(card)

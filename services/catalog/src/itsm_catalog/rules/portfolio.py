"""What a service of the portfolio is, and how it is edited. Pure: no I/O, and the clock comes in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import Refused

Status = Literal[
    "proposed", "under_evaluation", "chartered", "in_design", "live", "retiring", "retired", "cancelled"
]
Criticality = Literal["low", "medium", "high", "critical"]

IN_CATALOGUE: Final[frozenset[Status]] = frozenset({"live", "retiring"})
"""Its offerings can be ordered."""

ENDED: Final[frozenset[Status]] = frozenset({"retired", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioService:
    """A service, field by field as it is shown."""

    id: UUID
    key: str
    version: int = 1
    name: str
    description: str | None = None
    status: Status = "proposed"
    owner: str | None
    business_unit: str | None = None
    customers: tuple[str, ...] = ()
    business_value: str | None = None
    risks: str | None = None
    criticality: Criticality | None = None
    yearly_cost: float | None = None
    yearly_price: float | None = None
    currency: str | None = None
    sla_policy: str | None = None
    availability_calendar: str | None = None
    availability_target: float | None = None
    proposed_at: datetime
    live_at: datetime | None = None
    retired_at: datetime | None = None


def edited(service: PortfolioService, given: Mapping[str, Any]) -> PortfolioService | None:
    """The service after an edit; None where nothing changes, Refused where it has come to its end."""
    after = replace(service, **given)
    if after == service:
        return None
    if service.status in ENDED:
        raise Refused("record_ended", f"The service is {service.status}: it can no longer change.")
    return replace(after, version=service.version + 1)

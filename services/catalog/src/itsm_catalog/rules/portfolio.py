"""What a service of the portfolio is and how it begins. Pure: no I/O, and the clock comes in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Status = Literal["proposed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioService:
    """A service, field by field as it is shown."""

    id: UUID
    key: str
    version: int = 1
    name: str
    description: str | None = None
    status: Status = "proposed"
    owner: str
    business_unit: str | None = None
    proposed_at: datetime

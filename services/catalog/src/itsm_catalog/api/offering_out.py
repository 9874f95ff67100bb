"""How offerings are shown."""

from datetime import datetime
from typing import Any
from uuid import UUID

from itsm_events.offering import Role
from pydantic import BaseModel

from itsm_catalog.rules.requests.quorum import Rule


class StepOut(BaseModel):
    """An approval step."""

    group: str
    rule: Rule
    percentage: float | None
    expires_after_s: int | None


class TaskOut(BaseModel):
    """A fulfilment task."""

    key: str
    name: str
    assignment_group: str
    after: list[str]


class OfferingVersionOut(BaseModel):
    """One version of an offering, as it is said in its event."""

    key: str
    version: int
    name: str
    service: str
    description: str | None
    category: str | None
    price: float | None
    currency: str | None
    delivery_time_s: int | None
    calendar: str | None
    reopen_days: int
    approval: list[StepOut]
    tasks: list[TaskOut]
    form: dict[str, Any]
    business_units: list[str]
    roles: list[Role]
    issued_at: datetime
    retired: bool


class OfferingLine(BaseModel):
    """One of the versions that there are."""

    version: int
    issued_at: datetime
    retired: bool


class OfferingOut(OfferingVersionOut):
    """An offering in its latest version, and which others there are."""

    id: UUID
    versions: list[OfferingLine]


class OfferingVersions(BaseModel):
    """Every version, the newest first."""

    items: list[OfferingVersionOut]


class Fits(BaseModel):
    """The answers fit the form of this version."""

    offering: str
    version: int

"""Offerings of the catalogue, said by the catalog service; each version is said once and never changes."""

from typing import Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event

Role = Literal["requester", "agent", "manager", "change_manager", "admin", "service"]


class Step(BaseModel):
    """An approval step: the members of a group vote, by `any`, `all`, or a `percentage` that must accept."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    group: str
    rule: Literal["any", "all", "percentage"]
    percentage: float | None = None
    """In (0, 100]; only with the rule of that name."""
    expires_after_s: int | None = None
    """How long it waits before it is refused; for ever where absent."""


class TaskPlan(BaseModel):
    """A fulfilment task that a request begins with; it opens once the tasks named in `after` are done."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: str
    name: str
    assignment_group: str
    after: list[str] = Field(default_factory=list)


class OfferingEvent(Event):
    """A version of an offering: the subject is the offering, the sequence its version."""

    key: str
    name: str
    version: int
    service: str
    """The key of the service that it is an offering of."""
    description: str | None = None
    category: str | None = None
    price: float | None = None
    currency: str | None = None
    """ISO 4217."""
    delivery_time_s: int | None = None
    """Of the calendar's open time, from submission; without it nothing is due."""
    calendar: str | None = None
    """24x7 where absent."""
    reopen_days: int = 0
    """For how many days after fulfilment a request may be reopened."""
    approval: list[Step] = Field(default_factory=list)
    """Steps in their order; none: no approval is asked."""
    tasks: list[TaskPlan] = Field(default_factory=list)
    form: dict[str, Any]
    """JSON Schema (2020-12) of the answers."""
    business_units: list[str] = Field(default_factory=list)
    """Who may order it, units below them included; empty for all."""
    roles: list[Role] = Field(default_factory=list)
    """Who may order it; empty for all."""
    issued_at: AwareDatetime
    retired: bool = False


class OfferingPublished(OfferingEvent):
    """A version was made known; it can be ordered while its service is live or retiring."""

    type: ClassVar[str] = "itsm.offering.published.v1"


class OfferingRetired(OfferingEvent):
    """It cannot be ordered any more; what was ordered goes on."""

    type: ClassVar[str] = "itsm.offering.retired.v1"

"""Facts about the service portfolio, said by the catalog service; each with the service's full state."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal[
    "proposed",
    "under_evaluation",
    "chartered",
    "in_design",
    "live",
    "retiring",
    "retired",
    "cancelled",
]
Criticality = Literal["low", "medium", "high", "critical"]


class ServiceDetails(Event):
    """What is known of a service; its value, risks and description stay in the catalog."""

    key: str
    """The name by which incidents and changes refer to the service; unique per tenant."""
    name: str
    description: Annotated[str | None, PRIVATE] = None
    owner: Annotated[str | None, PERSON] = None
    business_unit: str | None = None
    proposed_at: AwareDatetime
    customers: list[str] = Field(default_factory=list)
    """Keys of the business units that it is for."""
    business_value: Annotated[str | None, PRIVATE] = None
    risks: Annotated[str | None, PRIVATE] = None
    criticality: Criticality | None = None
    yearly_cost: float | None = None
    yearly_price: float | None = None
    currency: str | None = None
    """ISO 4217."""
    sla_policy: str | None = None
    """The key of the policy that is agreed for it."""
    availability_calendar: str | None = None
    """The calendar whose open time is the agreed service time; 24x7 where absent."""
    availability_target: float | None = None
    """Per cent of the agreed service time."""
    live_at: AwareDatetime | None = None
    retired_at: AwareDatetime | None = None


class ServiceProposed(ServiceDetails):
    """A service entered the portfolio's pipeline."""

    type: ClassVar[str] = "itsm.service.proposed.v1"

    status: Literal["proposed"]


class ServiceEvent(ServiceDetails):
    """The state of a service that is beyond its proposal."""

    status: Status
    comment: Annotated[str | None, PRIVATE] = None
    """Why, in the words of whoever moved it on."""


class ServiceUpdated(ServiceEvent):
    """Fields changed, the state did not."""

    type: ClassVar[str] = "itsm.service.updated.v1"


class ServiceEvaluationStarted(ServiceEvent):
    """The proposal is being evaluated."""

    type: ClassVar[str] = "itsm.service.evaluation_started.v1"


class ServiceChartered(ServiceEvent):
    """It is to be built."""

    type: ClassVar[str] = "itsm.service.chartered.v1"


class ServiceDesignStarted(ServiceEvent):
    """It is being designed."""

    type: ClassVar[str] = "itsm.service.design_started.v1"


class ServiceLaunched(ServiceEvent):
    """It is live, and in the catalogue."""

    type: ClassVar[str] = "itsm.service.launched.v1"


class ServiceRetirementStarted(ServiceEvent):
    """It is on its way out, and still in the catalogue."""

    type: ClassVar[str] = "itsm.service.retirement_started.v1"


class ServiceRetired(ServiceEvent):
    """It is no more."""

    type: ClassVar[str] = "itsm.service.retired.v1"


class ServiceCancelled(ServiceEvent):
    """It will never be."""

    type: ClassVar[str] = "itsm.service.cancelled.v1"

"""Business units: who a service is for, who pays, who may order. Said by the catalog service."""

from typing import Annotated, ClassVar

from itsm_events.event import Event
from itsm_events.privacy import PERSON


class BusinessUnitEvent(Event):
    """The state of a business unit."""

    key: str
    name: str
    parent: str | None = None
    """The key of the unit that it belongs to."""
    head: Annotated[str | None, PERSON] = None
    active: bool


class BusinessUnitRegistered(BusinessUnitEvent):
    """A business unit became known."""

    type: ClassVar[str] = "itsm.business_unit.registered.v1"


class BusinessUnitUpdated(BusinessUnitEvent):
    """Something about it changed."""

    type: ClassVar[str] = "itsm.business_unit.updated.v1"


class BusinessUnitDeactivated(BusinessUnitEvent):
    """It is no more."""

    type: ClassVar[str] = "itsm.business_unit.deactivated.v1"

"""Groups of people: who works on what, who approves, who sits on the CAB. Said by the catalog service."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON

Purpose = Literal["assignment", "approval", "cab"]


class GroupEvent(Event):
    """The state of a group with all of its members."""

    key: str
    """The name by which assignments and approvals refer to it; unique per tenant."""
    name: str
    purposes: list[Purpose] = Field(default_factory=list)
    business_unit: str | None = None
    lead: Annotated[str | None, PERSON] = None
    members: Annotated[list[str], PERSON]
    active: bool


class GroupRegistered(GroupEvent):
    """A group became known."""

    type: ClassVar[str] = "itsm.group.registered.v1"


class GroupUpdated(GroupEvent):
    """Its members or something else about it changed."""

    type: ClassVar[str] = "itsm.group.updated.v1"


class GroupDeactivated(GroupEvent):
    """It works and votes no more."""

    type: ClassVar[str] = "itsm.group.deactivated.v1"

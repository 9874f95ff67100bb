"""Templates of standard changes, said by the change service."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from itsm_events.event import Event
from itsm_events.privacy import PRIVATE


class ChangeTemplateEvent(Event):
    """The state of a template.

    It loses its pre-approval once more than `max_failure_rate` of its last `history_size` changes failed;
    changes closed before `preapproved_since` do not count.
    """

    key: str
    name: str
    title: str
    description: Annotated[str | None, PRIVATE] = None
    service: str | None = None
    affected_services: list[str] = Field(default_factory=list)
    configuration_items: list[str] = Field(default_factory=list)
    assignment_group: str | None = None
    plan: Annotated[str | None, PRIVATE] = None
    test_plan: Annotated[str | None, PRIVATE] = None
    backout_plan: Annotated[str | None, PRIVATE] = None
    backout_tested: bool = False
    preapproved: bool
    preapproved_since: AwareDatetime | None = None
    history_size: int
    max_failure_rate: float
    active: bool


class ChangeTemplatePublished(ChangeTemplateEvent):
    """A template can be used."""

    type: ClassVar[str] = "itsm.change_template.published.v1"


class ChangeTemplateUpdated(ChangeTemplateEvent):
    """Something about it changed; its pre-approval too, where somebody gave or took it."""

    type: ClassVar[str] = "itsm.change_template.updated.v1"


class ChangeTemplatePreapprovalLost(ChangeTemplateEvent):
    """Too many of its changes failed: the next ones have to be approved one by one."""

    type: ClassVar[str] = "itsm.change_template.preapproval_lost.v1"

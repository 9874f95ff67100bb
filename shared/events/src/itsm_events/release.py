"""Releases, said by the change service: changes that go into operation together."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal[
    "planning", "build", "test", "ready", "deploying", "deployed", "rolled_back", "closed", "cancelled"
]


class GroupedChange(BaseModel):
    """A change of the release."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    number: str


class ReleaseEvent(Event):
    """The full state of a release; its description and the reasons given stay in the service.

    - service: its key, which need not be known
    - deployment_started_at, deployed_at, rolled_back_at, closed_at, cancelled_at: when it came there
    """

    number: str
    name: str
    description: Annotated[str | None, PRIVATE] = None
    status: Status
    service: str | None = None
    assignment_group: str | None = None
    manager: Annotated[str | None, PERSON] = None
    planned_start: AwareDatetime | None = None
    planned_end: AwareDatetime | None = None
    changes: list[GroupedChange]
    planned_at: AwareDatetime
    deployment_started_at: AwareDatetime | None = None
    deployed_at: AwareDatetime | None = None
    rolled_back_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    reason: Annotated[str | None, PRIVATE] = None
    """Why it was rolled back or cancelled."""


class ReleasePlanned(ReleaseEvent):
    """A release was planned."""

    type: ClassVar[str] = "itsm.release.planned.v1"


class ReleaseUpdated(ReleaseEvent):
    """Its fields or its changes changed, its state did not."""

    type: ClassVar[str] = "itsm.release.updated.v1"


class ReleaseBuildStarted(ReleaseEvent):
    """It is being built, for the first time or again after a test."""

    type: ClassVar[str] = "itsm.release.build_started.v1"


class ReleaseTestStarted(ReleaseEvent):
    """It is being tested."""

    type: ClassVar[str] = "itsm.release.test_started.v1"


class ReleaseReadied(ReleaseEvent):
    """It can be deployed."""

    type: ClassVar[str] = "itsm.release.readied.v1"


class ReleaseDeploymentStarted(ReleaseEvent):
    """It goes into operation; its changes are fixed from here on."""

    type: ClassVar[str] = "itsm.release.deployment_started.v1"


class ReleaseDeployed(ReleaseEvent):
    """It is in operation."""

    type: ClassVar[str] = "itsm.release.deployed.v1"


class ReleaseRolledBack(ReleaseEvent):
    """It was taken back."""

    type: ClassVar[str] = "itsm.release.rolled_back.v1"


class ReleaseClosed(ReleaseEvent):
    """It is over, and so are its changes."""

    type: ClassVar[str] = "itsm.release.closed.v1"


class ReleaseCancelled(ReleaseEvent):
    """It will not be deployed."""

    type: ClassVar[str] = "itsm.release.cancelled.v1"

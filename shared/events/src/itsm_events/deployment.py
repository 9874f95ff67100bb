"""Deployments, said by the change service as pipelines tell of them."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from itsm_events.configuration_item import Environment
from itsm_events.event import Event

Outcome = Literal["running", "succeeded", "failed", "rolled_back"]


class DeploymentEvent(Event):
    """The full state of a deployment.

    - external_id: the pipeline's name for it, unique in the tenant
    - commit_times: when what it brings was committed; first_commit_at is the earliest, or all that is known
    - finished_at: when its first outcome was reached; rolled_back_at: when it was taken back
    - change_id, change_number: the change that it belongs to; production deployments have one
    - unauthorized: nothing had approved it when it began
    - release: as the pipeline named it; release_id and release_number where it is known here
    - reverts, fixes: earlier deployments, by external_id, which need not be known; either makes it rework
    """

    external_id: str
    service: str
    environment: Environment
    commit: str
    commit_times: list[AwareDatetime] = Field(default_factory=list)
    first_commit_at: AwareDatetime | None = None
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    rolled_back_at: AwareDatetime | None = None
    outcome: Outcome
    change_id: str | None = None
    change_number: str | None = None
    unauthorized: bool = False
    template: str | None = None
    release: str | None = None
    release_id: str | None = None
    release_number: str | None = None
    reverts: str | None = None
    fixes: str | None = None
    url: str | None = None


class DeploymentStarted(DeploymentEvent):
    """A deployment began; its outcome is `running`."""

    type: ClassVar[str] = "itsm.deployment.started.v1"


class DeploymentSucceeded(DeploymentEvent):
    """It is in operation."""

    type: ClassVar[str] = "itsm.deployment.succeeded.v1"


class DeploymentFailed(DeploymentEvent):
    """It did not come into operation as it should."""

    type: ClassVar[str] = "itsm.deployment.failed.v1"


class DeploymentRolledBack(DeploymentEvent):
    """It was taken back, at once or after it had succeeded or failed."""

    type: ClassVar[str] = "itsm.deployment.rolled_back.v1"

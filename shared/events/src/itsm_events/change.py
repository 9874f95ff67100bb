"""Facts about changes, said by the change service.

Every event carries the change's full state after it; its class says what has happened.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.catalog import Criticality
from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

ChangeType = Literal["standard", "normal", "emergency"]
Status = Literal["new", "assess", "authorize", "scheduled", "implement", "review", "closed", "cancelled"]
Approval = Literal["not_asked", "pending", "approved", "rejected", "not_required"]
RiskBand = Literal["low", "moderate", "high", "very_high"]
CloseCode = Literal["successful", "successful_with_issues", "unsuccessful"]


class Finding(BaseModel):
    """What a review found, in a line; `improvement` asks for it to become one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    summary: str
    improvement: bool = False


class RiskInputs(BaseModel):
    """What the requester knows better than the catalog does."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    criticality: Criticality | None = None
    dependents: int | None = None


class ChangeDetails(Event):
    """The state of a change beside its status; plans, notes and reasons stay in the service.

    - affected_services: beside `service`; both and configuration_items are keys that need not be known
    - planned_start, planned_end; actual_start, actual_end: half-open
    - approval: `not_required` for a standard change, whose template is pre-approved, and for an unauthorised
    - implemented_at: when the implementation ended and the review began
    - related, reverts: changes, by id, number or external_id
    - deviations: what an imported step did against the rules
    """

    number: str
    external_id: str | None = None
    title: str
    description: Annotated[str | None, PRIVATE] = None
    change_type: ChangeType
    service: str | None = None
    affected_services: list[str] = Field(default_factory=list)
    configuration_items: list[str] = Field(default_factory=list)
    requester: Annotated[str | None, PERSON] = None
    assignment_group: str | None = None
    assignee: Annotated[str | None, PERSON] = None
    plan: Annotated[str | None, PRIVATE] = None
    test_plan: Annotated[str | None, PRIVATE] = None
    backout_plan: Annotated[str | None, PRIVATE] = None
    backout_tested: bool = False
    planned_start: AwareDatetime | None = None
    planned_end: AwareDatetime | None = None
    actual_start: AwareDatetime | None = None
    actual_end: AwareDatetime | None = None
    risk_inputs: RiskInputs | None = None
    risk_score: int | None = None
    risk_band: RiskBand | None = None
    template: str | None = None
    approval: Approval = "not_asked"
    approval_policy: str | None = None
    approval_policy_version: int | None = None
    approved_at: AwareDatetime | None = None
    close_code: CloseCode | None = None
    close_note: Annotated[str | None, PRIVATE] = None
    backed_out: bool = False
    backed_out_at: AwareDatetime | None = None
    review_note: Annotated[str | None, PRIVATE] = None
    findings: list[Finding] = Field(default_factory=list)
    related: list[str] = Field(default_factory=list)
    reverts: str | None = None
    unauthorized: bool = False
    requested_at: AwareDatetime
    implemented_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    deviations: list[str] = Field(default_factory=list)
    reason: Annotated[str | None, PRIVATE] = None
    """Why it was rejected or cancelled."""


class ChangeRequested(ChangeDetails):
    """A change was asked for."""

    type: ClassVar[str] = "itsm.change.requested.v1"

    status: Literal["new"]


class ChangeEvent(ChangeDetails):
    """The state of a change that is beyond its request."""

    status: Status


class ChangeUpdated(ChangeEvent):
    """Fields changed, the state did not."""

    type: ClassVar[str] = "itsm.change.updated.v1"


class ChangeDetected(ChangeEvent):
    """It was found to have happened without a record: filed in authorize, to be reviewed next."""

    type: ClassVar[str] = "itsm.change.detected.v1"


class ChangeAssessmentStarted(ChangeEvent):
    """A normal change is being assessed."""

    type: ClassVar[str] = "itsm.change.assessment_started.v1"


class ChangeAuthorizationAsked(ChangeEvent):
    """It entered authorize: the approvers of a policy are asked."""

    type: ClassVar[str] = "itsm.change.authorization_asked.v1"


class ChangeAuthorized(ChangeEvent):
    """Every step of its approval was accepted; it is still to be scheduled."""

    type: ClassVar[str] = "itsm.change.authorized.v1"


class ChangeRejected(ChangeEvent):
    """An approval was refused or expired: back to new."""

    type: ClassVar[str] = "itsm.change.rejected.v1"


class ChangeAuthorizationVoided(ChangeEvent):
    """It was edited materially after approval was asked: what was approved counts no more.

    A normal or emergency change is in authorize (again), its approvers asked anew; a standard one has lost
    its pre-approval and is a normal one in new.
    """

    type: ClassVar[str] = "itsm.change.authorization_voided.v1"


class ChangeScheduled(ChangeEvent):
    """It will be implemented in its planned window."""

    type: ClassVar[str] = "itsm.change.scheduled.v1"


class ChangeImplementationStarted(ChangeEvent):
    """Work began."""

    type: ClassVar[str] = "itsm.change.implementation_started.v1"


class ChangeImplemented(ChangeEvent):
    """Work ended, and the review began."""

    type: ClassVar[str] = "itsm.change.implemented.v1"


class ChangeBackedOut(ChangeEvent):
    """It was undone; it counts as failed."""

    type: ClassVar[str] = "itsm.change.backed_out.v1"


class ChangeReviewed(ChangeEvent):
    """The review was written down, or another finding was."""

    type: ClassVar[str] = "itsm.change.reviewed.v1"


class ChangeClosed(ChangeEvent):
    """It is over, with a close code."""

    type: ClassVar[str] = "itsm.change.closed.v1"


class ChangeCancelled(ChangeEvent):
    """It will not be done, or not be finished."""

    type: ClassVar[str] = "itsm.change.cancelled.v1"

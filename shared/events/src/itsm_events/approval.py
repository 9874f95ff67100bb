"""Approval steps of requests and changes, each a subject of its own; said by the owner of the record."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal["pending", "accepted", "refused", "expired", "voided"]


class Vote(BaseModel):
    """One voter's decision; `cast_by` is the delegate where it was one."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    voter: Annotated[str, PERSON]
    cast_by: Annotated[str, PERSON]
    decision: Literal["accept", "refuse"]
    at: AwareDatetime


class ApprovalEvent(Event):
    """The state of a step with all its votes; the reasons that were given stay in the service.

    voters: the group's members when the step started, without the requester. Accepted once the share that
    accepted reaches the rule, refused once it cannot any more.
    """

    record: str
    """The id of the request or change."""
    record_type: str
    """The noun of its events, such as incident."""
    step: int
    """From 1; the next one starts when this one is accepted."""
    group: str
    rule: Literal["any", "all", "percentage"]
    percentage: float | None = None
    status: Status
    voters: Annotated[list[str], PERSON]
    votes: list[Vote] = Field(default_factory=list)
    comment: Annotated[str | None, PRIVATE] = None
    """What the last voter said."""
    asked_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    decided_at: AwareDatetime | None = None


class ApprovalAsked(ApprovalEvent):
    """The voters are asked."""

    type: ClassVar[str] = "itsm.approval.asked.v1"


class ApprovalVoted(ApprovalEvent):
    """Somebody voted, and the step still waits."""

    type: ClassVar[str] = "itsm.approval.voted.v1"


class ApprovalAccepted(ApprovalEvent):
    """The rule is met."""

    type: ClassVar[str] = "itsm.approval.accepted.v1"


class ApprovalRefused(ApprovalEvent):
    """The rule cannot be met any more."""

    type: ClassVar[str] = "itsm.approval.refused.v1"


class ApprovalExpired(ApprovalEvent):
    """Too few voted in time; it counts as refused."""

    type: ClassVar[str] = "itsm.approval.expired.v1"


class ApprovalVoided(ApprovalEvent):
    """The record changed or ended: what was voted counts no more."""

    type: ClassVar[str] = "itsm.approval.voided.v1"

"""Approval policies: who has to approve which change, in versions. Said by the change service."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from itsm_events.catalog import Criticality
from itsm_events.change import ChangeType, RiskBand
from itsm_events.event import Event


class PolicyStep(BaseModel):
    """A group that is asked; `percentage` of its voters have to accept where the rule says so."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    group: str
    rule: Literal["any", "all", "percentage"]
    percentage: float | None = None
    expires_after_s: int | None = None


class ApprovalPolicyEvent(Event):
    """One version of a policy. The matching one of the lowest rank decides; an empty list matches all.

    Steps are asked one after the other; without any nobody has to approve.
    """

    key: str
    name: str
    version: int
    rank: int
    change_types: list[ChangeType]
    risk_bands: list[RiskBand]
    criticalities: list[Criticality]
    steps: list[PolicyStep]
    retired: bool


class ApprovalPolicyIssued(ApprovalPolicyEvent):
    """A version was issued; it decides for changes that enter authorize from now on."""

    type: ClassVar[str] = "itsm.approval_policy.issued.v1"


class ApprovalPolicyRetired(ApprovalPolicyEvent):
    """It decides no more."""

    type: ClassVar[str] = "itsm.approval_policy.retired.v1"

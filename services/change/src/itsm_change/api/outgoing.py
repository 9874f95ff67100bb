"""What comes back, for the OpenAPI document: the stored text goes out as it is."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from itsm_change.rules.change import Approval, ChangeType, CloseCode, Criticality, RiskBand, Status


class Out(BaseModel):
    """Every field is always there."""

    model_config = ConfigDict(extra="forbid")


class RiskInputsOut(Out):
    """What the requester knows better than the catalog."""

    criticality: Criticality | None
    dependents: int | None


class FindingOut(Out):
    """What a review found."""

    summary: str
    improvement: bool


class UnknownOut(Out):
    """A key that is not known here yet."""

    kind: Literal["service", "configuration_item", "group"]
    key: str


class ChangeOut(Out):
    """A change; times are UTC with Z, windows half-open."""

    id: UUID
    number: str
    version: int
    external_id: str | None
    title: str
    description: str | None
    change_type: ChangeType
    status: Status
    service: str | None
    affected_services: list[str]
    configuration_items: list[str]
    requester: str | None
    assignment_group: str | None
    assignee: str | None
    plan: str | None
    test_plan: str | None
    backout_plan: str | None
    backout_tested: bool
    planned_start: datetime | None
    planned_end: datetime | None
    actual_start: datetime | None
    actual_end: datetime | None
    risk_inputs: RiskInputsOut | None
    risk_score: int | None
    risk_band: RiskBand | None
    template: str | None
    approval: Approval
    approval_policy: str | None
    approval_policy_version: int | None
    approved_at: datetime | None
    close_code: CloseCode | None
    close_note: str | None
    backed_out: bool
    backed_out_at: datetime | None
    review_note: str | None
    findings: list[FindingOut]
    related: list[str]
    reverts: str | None
    unauthorized: bool
    requested_at: datetime
    implemented_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    imported: bool
    created_at: datetime
    updated_at: datetime
    unknown: list[UnknownOut]


class ObstacleOut(Out):
    """What stands in the way."""

    code: str
    message: str


class NextState(Out):
    """A state, whether the caller may enter it now, why not, and the fields that it needs."""

    to: Status
    allowed: bool
    why: str | None
    obstacles: list[ObstacleOut]
    requires: list[str]


class NextStates(Out):
    """Every other state."""

    status: Status
    items: list[NextState]


class CommentOut(Out):
    """A comment."""

    id: UUID
    change_id: UUID
    author: str | None
    visibility: Literal["public", "internal"]
    body: str
    created_at: datetime


class TaskOut(Out):
    """A task of a change."""

    id: UUID
    change_id: UUID
    version: int
    title: str
    assignment_group: str | None
    assignee: str | None
    status: Literal["open", "in_progress", "done", "cancelled"]
    opened_at: datetime
    ended_at: datetime | None


class TaskList(Out):
    """Every task of a change."""

    items: list[TaskOut]


class DetectedOut(Out):
    """The change that was filed, whether just now, and how often it was told."""

    is_new: bool
    dedup_key: str
    count: int
    first_at: datetime
    last_at: datetime
    change: ChangeOut

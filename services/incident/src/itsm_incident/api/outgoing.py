"""What comes back, for the OpenAPI document: the stored text goes out as it is."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from itsm_incident.rules.incident import Degree, HoldReason, Level, Status


class Out(BaseModel):
    """Every field is always there."""

    model_config = ConfigDict(extra="forbid")


class OutageOut(Out):
    """How far the service was down."""

    degree: Degree
    started_at: datetime | None
    ended_at: datetime | None


class IncidentOut(Out):
    """An incident; times are UTC with Z."""

    id: UUID
    number: str
    version: int
    external_id: str | None
    title: str
    description: str | None
    status: Status
    impact: Level
    urgency: Level
    priority: Literal["P1", "P2", "P3", "P4", "P5"]
    priority_matrix: str
    category: str | None
    service: str | None
    configuration_items: list[str]
    channel: str | None
    location: str | None
    caller: str | None
    opened_by: str | None
    assignment_group: str | None
    assignee: str | None
    hold_reason: HoldReason | None
    resolution_code: str | None
    resolution_note: str | None
    opened_at: datetime
    acknowledged_at: datetime | None
    first_resolved_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None
    reopened_at: datetime | None
    reopen_count: int
    outage: OutageOut | None
    parent_id: UUID | None
    follows_id: UUID | None
    related_change: str | None
    caused_by_change: str | None
    source_state: str | None
    imported: bool
    created_at: datetime
    updated_at: datetime
    escalation_level: int
    escalated_at: datetime | None
    sla_due_at: datetime | None
    sla_state: Literal["none", "running", "paused", "overdue", "met", "breached", "cancelled"]


class NextState(Out):
    """A state, whether the caller may enter it now, why not, and the fields that it needs."""

    to: Status
    allowed: bool
    why: str | None
    requires: list[str]


class NextStates(Out):
    """Every other state."""

    status: Status
    items: list[NextState]


class CommentOut(Out):
    """A comment; `incident_id` is the new incident where it was the caller's reply to a closed one."""

    id: UUID
    incident_id: UUID
    author: str | None
    visibility: Literal["public", "internal"]
    body: str
    created_at: datetime
    imported: bool


class WatcherOut(Out):
    """One person's watch."""

    id: UUID
    incident_id: UUID
    watcher: str
    version: int
    created_at: datetime


class WatcherList(Out):
    """Everybody who watches."""

    items: list[WatcherOut]

"""Facts about incidents, said by the incident service.

Every event carries the incident's full state after it; its class says what has happened.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal["new", "in_progress", "on_hold", "resolved", "closed", "cancelled"]
Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4", "P5"]
HoldReason = Literal["caller", "vendor", "change", "problem", "scheduled"]


class Outage(BaseModel):
    """How far the service was down, and when; only a full outage counts as downtime."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    degree: Literal["none", "partial", "full"]
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None


class Escalation(BaseModel):
    """The rule behind a step, in the version that was applied, and the threshold that called for it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    rule: str
    rule_version: int
    policy: str
    measure: str
    threshold: int


class IncidentEvent(Event):
    """The state of an incident. `deviations` names what an imported step did against the rules,
    `escalation` the rule that took a step which nobody else did.
    """

    number: str
    external_id: str | None = None
    title: str
    description: Annotated[str | None, PRIVATE] = None
    status: Status
    impact: Level
    urgency: Level
    priority: Priority
    priority_matrix: str
    category: str | None = None
    service: str | None = None
    configuration_items: list[str] = Field(default_factory=list)
    channel: str | None = None
    location: str | None = None
    caller: Annotated[str | None, PERSON] = None
    opened_by: Annotated[str | None, PERSON] = None
    assignment_group: str | None = None
    assignee: Annotated[str | None, PERSON] = None
    hold_reason: HoldReason | None = None
    resolution_code: str | None = None
    resolution_note: Annotated[str | None, PRIVATE] = None
    opened_at: AwareDatetime
    acknowledged_at: AwareDatetime | None = None
    first_resolved_at: AwareDatetime | None = None
    resolved_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None
    reopened_at: AwareDatetime | None = None
    reopen_count: int = 0
    outage: Outage | None = None
    parent_id: str | None = None
    follows_id: str | None = None
    related_change: str | None = None
    caused_by_change: str | None = None
    source_state: str | None = None
    escalation_level: int = 0
    escalated_at: AwareDatetime | None = None
    escalation: Escalation | None = None
    deviations: list[str] = Field(default_factory=list)
    comment: Annotated[str | None, PRIVATE] = None


class IncidentOpened(IncidentEvent):
    """An incident was reported."""

    type: ClassVar[str] = "itsm.incident.opened.v1"


class IncidentUpdated(IncidentEvent):
    """Fields changed, or an imported step of history changed no state."""

    type: ClassVar[str] = "itsm.incident.updated.v1"


class IncidentAssigned(IncidentEvent):
    """The assignment group or the assignee changed."""

    type: ClassVar[str] = "itsm.incident.assigned.v1"


class IncidentStarted(IncidentEvent):
    """Work began: new to in_progress."""

    type: ClassVar[str] = "itsm.incident.started.v1"


class IncidentHeld(IncidentEvent):
    """Work waits for somebody: to on_hold, with a reason."""

    type: ClassVar[str] = "itsm.incident.held.v1"


class IncidentResumed(IncidentEvent):
    """The wait is over: on_hold to in_progress."""

    type: ClassVar[str] = "itsm.incident.resumed.v1"


class IncidentResolved(IncidentEvent):
    """Service was restored."""

    type: ClassVar[str] = "itsm.incident.resolved.v1"


class IncidentReopened(IncidentEvent):
    """The resolution did not hold: back to in_progress."""

    type: ClassVar[str] = "itsm.incident.reopened.v1"


class IncidentEscalated(IncidentEvent):
    """The escalation level was raised: a flag, never a state."""

    type: ClassVar[str] = "itsm.incident.escalated.v1"


class IncidentClosed(IncidentEvent):
    """The resolution was accepted, or time ran out to dispute it."""

    type: ClassVar[str] = "itsm.incident.closed.v1"


class IncidentCancelled(IncidentEvent):
    """It was no incident after all."""

    type: ClassVar[str] = "itsm.incident.cancelled.v1"

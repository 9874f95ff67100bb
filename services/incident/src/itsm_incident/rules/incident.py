"""The state of an incident: one immutable value, changed only by recording an event."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

Status = Literal["new", "in_progress", "on_hold", "resolved", "closed", "cancelled"]
Level = Literal["high", "medium", "low"]
HoldReason = Literal["caller", "vendor", "change", "problem", "scheduled"]
Degree = Literal["none", "partial", "full"]
What = Literal[
    "opened",
    "updated",
    "assigned",
    "started",
    "held",
    "resumed",
    "resolved",
    "reopened",
    "escalated",
    "closed",
    "cancelled",
]

OPEN: Final[frozenset[Status]] = frozenset({"new", "in_progress", "on_hold"})
"""States in which somebody still has to do something; the backlog."""

ENDED: Final[frozenset[Status]] = frozenset({"closed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Outage:
    """How far the service was down, and when; `none` has no times."""

    degree: Degree
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Everything that is known of an incident; `version` is the number of events behind it.

    `escalation_level` is 0 until a rule raises it. `sla_due_at` and `sla_state` are as they were when it was
    read: the clocks keep them, beside the version.
    """

    id: str
    number: str
    version: int
    external_id: str | None
    title: str
    description: str | None
    status: Status
    impact: Level
    urgency: Level
    priority: str
    priority_matrix: str
    category: str | None
    service: str | None
    configuration_items: tuple[str, ...]
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
    outage: Outage | None
    parent_id: str | None
    follows_id: str | None
    related_change: str | None
    caused_by_change: str | None
    source_state: str | None
    imported: bool
    created_at: datetime
    updated_at: datetime
    escalation_level: int
    escalated_at: datetime | None
    sla_due_at: datetime | None = None
    sla_state: str | None = None


FIELDS: Final[tuple[str, ...]] = tuple(field.name for field in fields(Incident))


class Escalation(NamedTuple):
    """The rule behind a step, its version, and the threshold that called for it."""

    rule: str
    rule_version: int
    policy: str
    measure: str
    threshold: int


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: what happened, when, and the state after it; what history did against the rules, and said;
    the rule that took the step, where one did.
    """

    what: What
    at: datetime
    state: Incident
    deviations: tuple[str, ...] = ()
    comment: str | None = None
    escalation: Escalation | None = None


def record(
    incident: Incident,
    what: What,
    at: datetime,
    now: datetime,
    changes: Mapping[str, Any],
    deviations: tuple[str, ...] = (),
) -> Event:
    """The event that changes `incident`; each raises the version by one."""
    state = replace(incident, **changes, version=incident.version + 1, updated_at=now)
    return Event(what, at, state, deviations)

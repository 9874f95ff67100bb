"""The state of a change: one immutable value, changed only by recording an event."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal

ChangeType = Literal["standard", "normal", "emergency"]
Status = Literal["new", "assess", "authorize", "scheduled", "implement", "review", "closed", "cancelled"]
Approval = Literal["not_asked", "pending", "approved", "rejected", "not_required"]
RiskBand = Literal["low", "moderate", "high", "very_high"]
Criticality = Literal["low", "medium", "high", "critical"]
CloseCode = Literal["successful", "successful_with_issues", "unsuccessful"]
What = Literal[
    "requested",
    "updated",
    "detected",
    "assessment_started",
    "authorization_asked",
    "authorized",
    "rejected",
    "authorization_voided",
    "scheduled",
    "implementation_started",
    "implemented",
    "backed_out",
    "reviewed",
    "closed",
    "cancelled",
]

ENDED: Final[frozenset[Status]] = frozenset({"closed", "cancelled"})
UNDER_WAY: Final[frozenset[Status]] = frozenset({"implement", "review", "closed", "cancelled"})
"""What is done can no longer be planned otherwise."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a review found; `improvement` asks for it to become one."""

    summary: str
    improvement: bool = False


@dataclass(frozen=True, slots=True)
class RiskInputs:
    """What the requester knows better than the catalog does."""

    criticality: Criticality | None = None
    dependents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Everything that is known of a change; `version` is the number of events behind it."""

    id: str
    number: str
    version: int = 1
    external_id: str | None = None
    title: str
    description: str | None = None
    change_type: ChangeType
    status: Status = "new"
    service: str | None = None
    affected_services: tuple[str, ...] = ()
    configuration_items: tuple[str, ...] = ()
    requester: str | None = None
    assignment_group: str | None = None
    assignee: str | None = None
    plan: str | None = None
    test_plan: str | None = None
    backout_plan: str | None = None
    backout_tested: bool = False
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    risk_inputs: RiskInputs | None = None
    risk_score: int | None = None
    risk_band: RiskBand | None = None
    template: str | None = None
    approval: Approval = "not_asked"
    approval_policy: str | None = None
    approval_policy_version: int | None = None
    approved_at: datetime | None = None
    close_code: CloseCode | None = None
    close_note: str | None = None
    backed_out: bool = False
    backed_out_at: datetime | None = None
    review_note: str | None = None
    findings: tuple[Finding, ...] = ()
    related: tuple[str, ...] = ()
    reverts: str | None = None
    unauthorized: bool = False
    requested_at: datetime
    implemented_at: datetime | None = None
    closed_at: datetime | None = None
    cancelled_at: datetime | None = None
    imported: bool = False
    created_at: datetime
    updated_at: datetime

    @property
    def services(self) -> tuple[str, ...]:
        """Every service that it touches, the main one first."""
        main = (self.service,) if self.service else ()
        return (*main, *(key for key in self.affected_services if key != self.service))


FIELDS: Final[tuple[str, ...]] = tuple(field.name for field in fields(Change))


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: what happened, when, the state after it; what history did against the rules, and why."""

    what: What
    at: datetime
    state: Change
    deviations: tuple[str, ...] = ()
    reason: str | None = None


def record(
    change: Change,
    what: What,
    at: datetime,
    now: datetime,
    changes: Mapping[str, Any],
    *,
    deviations: tuple[str, ...] = (),
    reason: str | None = None,
) -> Event:
    """The event that changes `change`; each raises the version by one."""
    state = replace(change, **changes, version=change.version + 1, updated_at=now)
    return Event(what, at, state, deviations, reason)

"""What comes back about SLA clocks, for the OpenAPI document. Durations are in seconds."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from itsm_incident.api.outgoing import Out
from itsm_incident.rules.escalation import Outcome

STREAM = (
    "A line per record that differs: {incident_id, number, differences: [{policy, measure, "
    "attached_sequence, field, before, after, sentence}]}; {progress: {records, of}} now and then; "
    "{totals} as the last line, without which the answer is not complete."
)
Verdict = Literal["met", "breached", "cancelled", "cancelled_after_breach", "open", "open_breached"]


class EscalationOut(Out):
    """A rule that was applied at a threshold, with what became of each of its actions; or one that will
    be, as things stand: then without `applied_at`.
    """

    rule: str
    rule_version: int
    applied_at: datetime | None
    reassigned: Outcome | None
    flagged: Outcome | None
    notified: Outcome | None
    moved_on: str | None


class ThresholdOut(Out):
    """A share of the target; no due date while the clock is paused before it. Staff sees escalations."""

    percent: int
    due_at: datetime | None
    reached: bool
    escalations: list[EscalationOut]


class GroupTimeOut(Out):
    """A group's part of a clock's time; null for nobody's."""

    group: str | None
    elapsed_s: float
    business_s: float
    paused_s: float


class ClockHead(Out):
    """Which clock it is, and by which versions."""

    id: UUID
    policy: str
    policy_name: str
    policy_version: int
    kind: Literal["sla", "ola", "underpinning"]
    measure: Literal["respond", "resolve", "fulfil"]
    calendar: str
    calendar_version: int
    zone: str


class ClockOut(ClockHead):
    """Where a clock stands. business_s is open time of its calendar, without pauses, and what target_s is
    compared with; elapsed_s the same 24x7; remaining_s is negative once it ran over.
    """

    state: Literal["running", "paused", "completed", "cancelled"]
    verdict: Verdict
    breached: bool
    target_s: int
    elapsed_s: float
    business_s: float
    paused_s: float
    remaining_s: float
    started_at: datetime
    attached_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ending: str | None
    first_completed_at: datetime | None
    thresholds: list[ThresholdOut]
    groups: list[GroupTimeOut]


class About(Out):
    """Whose clocks, and when."""

    incident_id: UUID
    number: str
    as_of: datetime


class ClocksOut(About):
    """Every clock. `tightest` is the one that is due first of those that go on; `without_calendar` names
    policies that give no clock because their calendar is not known.
    """

    tightest: UUID | None
    due_at: datetime | None
    clocks: list[ClockOut]
    without_calendar: list[str]


class MomentOut(Out):
    """An event of the incident, and the state that it left."""

    id: UUID
    sequence: int
    status: str


class IntervalOut(Out):
    """A stretch of a clock; it lasts where ended_by is null. total_s is what has counted by its end."""

    kind: Literal["running", "paused"]
    reason: str | None
    group: str | None
    start: datetime
    until: datetime
    begun_by: MomentOut
    ended_by: MomentOut | None
    elapsed_s: float
    business_s: float
    total_s: float
    sentence: str


class ExplainedOut(ClockHead):
    """A clock in words: what was agreed, each interval, and what follows."""

    agreed: str
    result: str
    intervals: list[IntervalOut]


class ExplanationOut(About):
    """Every clock, explained."""

    clocks: list[ExplainedOut]

"""Findings, said by the metrics service: figures that contradict each other, or that want looking at."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Kind = Literal[
    "watermelon_csat",
    "watermelon_reopen_rate",
    "watermelon_recurrence",
    "ageing_backlog",
    "bouncing_work",
]
Status = Literal["open", "proposed", "dismissed"]


class Evidence(BaseModel):
    """A figure that it is made of, against its threshold, of [since, until)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kpi: str
    statistic: Literal["value", "p90"]
    value: float
    n: int
    threshold: float
    since: AwareDatetime
    until: AwareDatetime
    records: str
    """The address of the records behind it."""


class FindingEvent(Event):
    """The full state of a finding; why it was dismissed stays in the service.

    - kind and service (of work that bounces: assignment_group) say which it is; it is found once
    - present: whether the last scan has seen it; sightings: how many have
    - gap: how far its figure lies beyond the threshold
    - quiet_until: until when a dismissed one is quiet, unless it is clearly worse
    """

    kind: Kind
    service: str | None = None
    assignment_group: str | None = None
    status: Status
    present: bool
    sightings: int
    gap: float
    evidence: list[Evidence]
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
    improvement: str | None = None
    """The id of the improvement that it was proposed as."""
    dismissed_by: Annotated[str | None, PERSON] = None
    dismissed_at: AwareDatetime | None = None
    dismissed_gap: float | None = None
    quiet_until: AwareDatetime | None = None
    reason: Annotated[str | None, PRIVATE] = None


class FindingRaised(FindingEvent):
    """It was seen for the first time, or again after it was dismissed."""

    type: ClassVar[str] = "itsm.finding.raised.v1"


class FindingSeen(FindingEvent):
    """A later scan has seen it, too."""

    type: ClassVar[str] = "itsm.finding.seen.v1"


class FindingCleared(FindingEvent):
    """The last scan did not see it any more."""

    type: ClassVar[str] = "itsm.finding.cleared.v1"


class FindingProposed(FindingEvent):
    """It is an improvement in the register now."""

    type: ClassVar[str] = "itsm.finding.proposed.v1"


class FindingDismissed(FindingEvent):
    """Somebody has said that nothing is to be done about it."""

    type: ClassVar[str] = "itsm.finding.dismissed.v1"


class WatchPolicyIssued(Event):
    """What is looked for from now on: an edition of the thresholds.

    - period_days: of how many days the figures are; least_n: of how many records at least
    - sla_green: the share of agreements met from which a service looks green
    - csat_red, reopen_red, recurrence_red, backlog_age_red_s, ping_pong_red: beyond which the figure is red
    - quiet_days, worse_factor: how long a dismissed finding is quiet, unless its gap has grown so many times
    - scan_every_s: how often a scan is made; 0 never
    """

    type: ClassVar[str] = "itsm.watch_policy.issued.v1"

    edition: int
    period_days: int
    least_n: int
    sla_green: float
    csat_red: float
    reopen_red: float
    recurrence_red: float
    backlog_age_red_s: int
    ping_pong_red: float
    quiet_days: int
    worse_factor: float
    scan_every_s: int
    issued_by: Annotated[str, PERSON]
    issued_at: AwareDatetime

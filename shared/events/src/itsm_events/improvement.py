"""Improvements, said by the metrics service: what is to become better, and whether it did."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from itsm_events.event import Event
from itsm_events.privacy import PERSON, PRIVATE

Status = Literal[
    "identified",
    "accepted",
    "assessed",
    "approved",
    "in_progress",
    "on_hold",
    "in_review",
    "closed",
    "cancelled",
]
Source = Literal["pir", "finding", "survey", "audit", "person"]
Level = Literal["low", "medium", "high"]
Direction = Literal["up", "down"]
Verdict = Literal["improved", "no_change_shown", "worse"]
StepName = Literal["what_to_measure", "baseline", "gather", "process", "analyse", "present", "implement"]
StepState = Literal["open", "in_progress", "done", "skipped"]


class Said(BaseModel):
    """A part of an improvement."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Baseline(Said):
    """The figure before anything is done, of [since, until); `measured`: computed here, and not stated."""

    value: float
    n: int | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    measured: bool


class Windows(Said):
    """Which days are compared: at most so many on each side, after a gap, in a time zone."""

    longest_days: int
    settle_days: int
    zone: str


class Step(Said):
    """One of the seven steps of the improvement process; what is noted on it stays in the service."""

    step: StepName
    state: StepState
    by: Annotated[str | None, PERSON] = None
    at: AwareDatetime | None = None


class Side(Said):
    """One side of the comparison: `level` is what was compared, `value` the figure by its own formula."""

    since: AwareDatetime
    until: AwareDatetime
    days: int
    n: int
    level: float | None = None
    value: float | None = None


class Range(Said):
    """An estimate and its interval."""

    estimate: float
    low: float
    high: float


class Effect(Said):
    """What the comparison of before and after showed.

    - reason: why no verdict was possible
    - absolute: in the figure's unit; relative, detectable: of the level before
    - detectable: the relative change that would have been shown with a probability of 80 %
    - target_met: whether the figure afterwards reaches the target, where there is one
    """

    verdict: Verdict
    reason: str | None = None
    kpi: str
    direction: Direction
    method: str
    method_version: int
    confidence: float
    before: Side
    after: Side
    absolute: Range | None = None
    relative: Range | None = None
    detectable: float | None = None
    cautions: list[str] = Field(default_factory=list)
    target_met: bool | None = None
    measured_at: AwareDatetime


class ImprovementEvent(Event):
    """The full state of an improvement; prose stays in the service.

    - reference: the record that it comes from, such as the change of a review
    - filters: the dimensions of the figure that it is about; empty where one is absent
    - direction: which way is good
    - started_at, implemented_at: the work itself
    - effect: measured when it closed
    """

    number: str
    title: str
    description: Annotated[str | None, PRIVATE] = None
    status: Status
    source: Source
    reference: str | None = None
    priority: Level | None = None
    benefit: Level | None = None
    effort: Level | None = None
    cost: float | None = None
    currency: str | None = None
    owner: Annotated[str | None, PERSON] = None
    registered_by: Annotated[str | None, PERSON] = None
    business_unit: str | None = None
    service: str | None = None
    kpi: str | None = None
    filters: dict[str, str] = Field(default_factory=dict)
    direction: Direction | None = None
    baseline: Baseline | None = None
    target: float | None = None
    objective: Annotated[str | None, PRIVATE] = None
    windows: Windows
    planned_start: AwareDatetime | None = None
    planned_end: AwareDatetime | None = None
    started_at: AwareDatetime | None = None
    implemented_at: AwareDatetime | None = None
    steps: list[Step]
    notes: Annotated[dict[str, str] | None, PRIVATE] = None
    """What is noted on each step."""
    effect: Effect | None = None
    outcome: Annotated[str | None, PRIVATE] = None
    reason: Annotated[str | None, PRIVATE] = None
    """Why it is on hold, or was cancelled."""
    identified_at: AwareDatetime
    accepted_at: AwareDatetime | None = None
    assessed_at: AwareDatetime | None = None
    approved_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    cancelled_at: AwareDatetime | None = None


class ImprovementIdentified(ImprovementEvent):
    """Something could be better."""

    type: ClassVar[str] = "itsm.improvement.identified.v1"


class ImprovementUpdated(ImprovementEvent):
    """Its fields or its steps changed, its state did not."""

    type: ClassVar[str] = "itsm.improvement.updated.v1"


class ImprovementAccepted(ImprovementEvent):
    """It is worth a look, and it is known by which figure or objective it will be judged."""

    type: ClassVar[str] = "itsm.improvement.accepted.v1"


class ImprovementAssessed(ImprovementEvent):
    """Benefit and effort were weighed."""

    type: ClassVar[str] = "itsm.improvement.assessed.v1"


class ImprovementApproved(ImprovementEvent):
    """It will be done."""

    type: ClassVar[str] = "itsm.improvement.approved.v1"


class ImprovementStarted(ImprovementEvent):
    """Work on it began."""

    type: ClassVar[str] = "itsm.improvement.started.v1"


class ImprovementHeld(ImprovementEvent):
    """Work on it rests."""

    type: ClassVar[str] = "itsm.improvement.held.v1"


class ImprovementResumed(ImprovementEvent):
    """Work on it goes on."""

    type: ClassVar[str] = "itsm.improvement.resumed.v1"


class ImprovementImplemented(ImprovementEvent):
    """It is done, and under review: what comes now shows whether it works."""

    type: ClassVar[str] = "itsm.improvement.implemented.v1"


class ImprovementClosed(ImprovementEvent):
    """It is over; where it is about a figure, `effect` says what became of that."""

    type: ClassVar[str] = "itsm.improvement.closed.v1"


class ImprovementCancelled(ImprovementEvent):
    """It will not be done, or not be finished."""

    type: ClassVar[str] = "itsm.improvement.cancelled.v1"

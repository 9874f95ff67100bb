"""How improvements and their effects look."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from itsm_metrics.rules.effect import Caution, Direction, Reason, Verdict
from itsm_metrics.rules.improvement import Level, Source, Status, StepName, StepState


class Out(BaseModel):
    """A part of an answer; nothing is in it that is not said here."""

    model_config = ConfigDict(extra="forbid")


class BaselineOut(Out):
    """Where the figure stood: of [since, until) where it was measured, and not stated."""

    value: float
    n: int | None
    since: datetime | None
    until: datetime | None
    measured: bool


class WindowsOut(Out):
    """Which days are compared."""

    longest_days: int
    settle_days: int
    zone: str


class StepOut(Out):
    """One of the seven steps of the improvement process."""

    step: StepName
    state: StepState
    note: str | None
    by: str | None
    at: datetime | None


class SideOut(Out):
    """One side of the comparison: whole weeks of days."""

    since: datetime
    until: datetime
    days: int
    n: int = Field(description="How many facts the figure has there.")
    level: float | None = Field(
        description="What is compared: of times the geometric mean, of counts and sums the mean day."
    )
    value: float | None = Field(description="The figure by its own formula.")


class RangeOut(Out):
    """An estimate and its interval."""

    estimate: float
    low: float
    high: float


class EffectOut(Out):
    """What became of the figure: after the improvement, against before."""

    verdict: Verdict
    reason: Reason | Literal["not_comparable"] | None = Field(description="Why nothing could be shown.")
    kpi: str
    direction: Direction = Field(description="Which way is good.")
    method: str
    method_version: int
    confidence: float = Field(description="Of the intervals.")
    before: SideOut
    after: SideOut
    absolute: RangeOut | None = Field(description="The change, in the figure's unit.")
    relative: RangeOut | None = Field(description="The change, as a share of the level before.")
    detectable: float | None = Field(
        description="The relative change that would have been shown with a probability of 80 %."
    )
    cautions: list[Caution] = Field(description="already_moving: it moved the same way before.")
    target_met: bool | None = Field(description="null where there is no target, or no figure.")
    measured_at: datetime


class ImprovementOut(Out):
    """An improvement."""

    id: UUID
    number: str
    version: int
    title: str
    description: str | None
    status: Status
    source: Source
    reference: str | None
    priority: Level | None
    benefit: Level | None
    effort: Level | None
    cost: float | None
    currency: str | None
    owner: str | None
    registered_by: str | None
    business_unit: str | None
    service: str | None
    kpi: str | None
    filters: dict[str, str]
    direction: Direction | None
    baseline: BaselineOut | None
    target: float | None
    objective: str | None
    windows: WindowsOut
    planned_start: datetime | None
    planned_end: datetime | None
    started_at: datetime | None
    implemented_at: datetime | None
    steps: list[StepOut]
    effect: EffectOut | None = Field(description="Measured when it closed, where it is about a figure.")
    outcome: str | None
    reason: str | None
    identified_at: datetime
    accepted_at: datetime | None
    assessed_at: datetime | None
    approved_at: datetime | None
    closed_at: datetime | None
    cancelled_at: datetime | None


class CommentOut(Out):
    """A comment; whoever works for the tenant reads it."""

    id: UUID
    improvement_id: UUID
    author: str
    body: str
    created_at: datetime


class NextStateOut(Out):
    """A state, and whether the improvement can enter it now."""

    to: Status
    allowed: bool
    why: str | None
    requires: list[str]


class NextStatesOut(Out):
    """The state it is in, and the others."""

    status: Status
    items: list[NextStateOut]

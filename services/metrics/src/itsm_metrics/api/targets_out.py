"""How critical success factors, targets and scorecards look."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from itsm_metrics.api.improvements_out import Out
from itsm_metrics.api.outgoing import Unit
from itsm_metrics.rules.bands import Band
from itsm_metrics.rules.target import Status
from itsm_metrics.rules.target_period import Period


class SuccessFactorOut(Out):
    """Something that must go right."""

    id: UUID
    key: str
    version: int
    name: str
    description: str | None
    owner: str
    status: Status


class ReadingOut(Out):
    """The figure of [since, until)."""

    value: float | None
    n: int
    since: datetime
    until: datetime
    records: str = Field(description="The address of the records behind it.")
    band: Band = Field(description="unknown: there is no value, as there is nothing that it could be of.")


class EvaluationOut(ReadingOut):
    """What the figure was when it was read last."""

    band_since: datetime
    evaluated_at: datetime


class TargetOut(Out):
    """What a figure should be. An evaluation by which nothing happens raises no version."""

    id: UUID
    key: str
    version: int
    name: str
    success_factor: str
    kpi: str
    filters: dict[str, str]
    period: Period
    days: int | None
    zone: str
    green: float
    amber: float
    owner: str
    status: Status
    breached_at: datetime | None = Field(description="Since when it is breached; null: it is not.")
    evaluation: EvaluationOut | None = Field(
        description="The last one; null: none yet, or what it is judged by has changed since."
    )


class RoundOut(Out):
    """What an evaluation has found."""

    evaluated: int
    breached: int = Field(description="How many have turned red.")
    recovered: int = Field(description="How many of those that were breached are green again.")


class LineOut(TargetOut):
    """A target on a scorecard."""

    unit: Unit | None = Field(description="null: there is no such figure any more.")
    direction: Literal["up", "down"] | None = Field(description="Which way is good.")
    small_n: bool = Field(description="A mean or a share of few: each of them moves it much.")
    band: Band
    trend: list[ReadingOut] | None = Field(
        description="Of the last six periods as known now, the oldest first; null unless asked for."
    )


class SectionOut(Out):
    """A critical success factor, and the targets that serve it here."""

    success_factor: SuccessFactorOut
    band: Band = Field(description="The worst of its targets.")
    targets: list[LineOut]


class ScorecardOut(Out):
    """How a service, a business unit or, where neither is named, the whole is doing."""

    service: str | None
    business_unit: str | None
    band: Band = Field(description="The worst of all; from good to bad: green, unknown, amber, red.")
    success_factors: list[SectionOut]

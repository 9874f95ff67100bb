"""What the answers look like."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from itsm_metrics.rules.edges import Bucket
from itsm_metrics.rules.honesty import SMALL_N

Unit = Literal["s", "ratio", "count", "money"]


class PeriodOut(BaseModel):
    """A half-open period; it comes first."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime


class KpiOut(BaseModel):
    """One figure's entry in the catalogue."""

    slug: str
    name: str
    unit: Unit = Field(
        description="s: seconds; ratio: 0 to 1; count: a number of things; money: in its currency."
    )
    kind: str = Field(
        description="duration, rate, mean, count, sum; "
        "DORA's: frequency, lead, failure, recovery, rework; "
        "a state at `to`: gauge, age, stale, growth (since `from`); recurrence; "
        "from the terms of services: availability, between_failures, cost."
    )
    practice: str = Field(description="The ITIL practice that it serves.")
    direction: Literal["up", "down", "neutral"] = Field(description="Which way is good.")
    formula: str
    formula_version: int
    group_by: tuple[str, ...] = Field(description="Its dimensions: each groups and filters it.")
    excluded: tuple[str, ...] = Field(description="What it leaves out and counts.")
    small_n_below: int | None = Field(description="Of fewer it says small_n; null: it is no mean or share.")


class TimeOut(BaseModel):
    """What may be asked of every figure's time."""

    buckets: tuple[Bucket, ...]
    most_buckets: int
    compare: tuple[str, ...]
    trend_needs: int = Field(description="So many whole buckets at least.")


class CatalogueOut(BaseModel):
    """All figures."""

    items: list[KpiOut]
    time: TimeOut


class QuantilesOut(BaseModel):
    """Interpolated linearly between neighbours; seconds."""

    p50: float
    p90: float
    p95: float
    error: float = Field(description="How far each may be from the exact one, as a share of it; 0: exact.")


class ShareOut(BaseModel):
    """A share that stands beside a figure."""

    n: int = Field(description="Of how many: they may be fewer than the figure's.")
    value: float | None = Field(description="0 to 1; null where n is 0.")


class TargetOut(BaseModel):
    """What was agreed of the figure."""

    value: float = Field(description="In the figure's unit.")
    met: bool


class ValueOut(BaseModel):
    """A figure, and what stands beside it where it has that."""

    n: int = Field(description="How many facts it is made of; records, where it is a sum.")
    small_n: bool = Field(
        description=f"A mean, a share or quantiles of fewer than {SMALL_N}: each of them moves it much."
    )
    value: float | int | None = Field(description="null where n is 0 and it is no count or sum.")
    quantiles: QuantilesOut | None = Field(description="null where it is no duration, or n is 0.")
    records: str = Field(description="The address of exactly the records that it is made of.")
    on_time: ShareOut | None = Field(None, description="The share of those that were due and were on time.")
    target: TargetOut | None = Field(
        None, description="Of one service's availability; null where it has none."
    )
    parts: dict[str, float | int | None] | None = Field(
        None, description="What the value is made of; times in seconds."
    )
    currency: str | None = Field(
        None, description="ISO 4217; null where no currency is known, or value null over several."
    )
    interval: tuple[float, float] | None = Field(
        None, description="From the share that is known to the one that is possible; null where n is 0."
    )
    basis: Literal["production_deployments", "implemented_changes", "mixed"] | None = Field(
        None,
        description="What one of DORA's figures counts: deployments, changes of services that had none in "
        "the period, or both, of different services.",
    )


class Keyed(BaseModel):
    """Which group; it comes first."""

    key: str | None = Field(description="null: the dimension is absent.")


class PointOut(ValueOut, PeriodOut):
    """The figure of one bucket; a state is that at its end."""

    coverage: float | None = Field(None, description="As of the whole; null for a group.")


class PreviousOut(PointOut):
    """The figure of the period before, and what has changed since."""

    difference: float | None = Field(description="value - value before; null where either is null.")
    ratio: float | None = Field(description="value / value before; null where that is null or 0.")


class TrendOut(BaseModel):
    """How the figure grows from one whole bucket to the next."""

    slope: float | None = Field(description="In the figure's unit per bucket; null: not enough buckets.")
    interval: tuple[float, float] | None = Field(
        description="Of 95 %, as wide as buckets resemble their neighbours."
    )
    buckets: int = Field(description="Of how many that are whole, over and have a value.")
    why: str | None = Field(description="Why there is none.")


class TimesOut(ValueOut):
    """A figure, and what is said of its time where it was asked for."""

    series: list[PointOut] | None = Field(None, description="One figure per bucket.")
    previous: PreviousOut | None = Field(None, description="The period before.")
    trend: TrendOut | None = None


class GroupOut(TimesOut, Keyed):
    """The figure of one group."""


class FreshOut(BaseModel):
    """How fresh what a source said is."""

    source: str
    event_time: datetime | None = Field(description="When its newest event behind the figure happened.")
    recorded_at: datetime = Field(description="When its service stored that.")
    lag_s: float | None = Field(description="From then until it was applied here; null: as of the past.")


class FormulaOut(BaseModel):
    """Which formula; GET /v1/kpis says it in words."""

    id: str
    version: int


class Asked(BaseModel):
    """Which figure; it comes first."""

    slug: str
    unit: Unit
    zone: str = Field(description="Whose months and buckets.")
    as_of: datetime | None = Field(description="As it was believed then; null: as it is known.")


class FigureOut(TimesOut, PeriodOut, Asked):
    """A figure of the half-open period [from, to)."""

    groups: list[GroupOut]
    excluded: dict[str, int]
    coverage: float | None = Field(
        description="n / (n + excluded), without what is excluded because the figure does not speak of it: "
        "of how many records the measure is known; null where none are left out for that."
    )
    fresh_as_of: datetime | None = Field(
        description="When the newest event behind it was recorded by its service."
    )
    freshness: list[FreshOut] = Field(description="The same of each source.")
    formula: FormulaOut
    formula_version: int


class RecordOut(BaseModel):
    """A fact behind a figure."""

    resource: str | None = Field(description="The noun of the record's events, such as incident.")
    record: UUID
    at: datetime = Field(description="When it counts; of a state or an outage, when that began.")
    value: float | int | None = Field(description="What it adds, in the figure's unit; null: itself.")


class RecordsOut(BaseModel):
    """A page of them."""

    items: list[RecordOut]
    next: str | None = Field(description="The cursor of the next page; null on the last.")


class SourceOut(BaseModel):
    """How far a source has been heard."""

    source: str
    events: int = Field(description="Distinct events kept, of this tenant.")
    last_position: int | None = Field(description="The highest position in its outbox that was heard of.")
    last_recorded_at: datetime
    lag_s: float = Field(description="From when its newest event was recorded to when it was applied here.")


class SourcesOut(BaseModel):
    """All sources of this tenant."""

    items: list[SourceOut]

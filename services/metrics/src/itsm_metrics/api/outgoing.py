"""What the answers look like."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Unit = Literal["s", "ratio", "count", "money"]


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
    formula: str
    formula_version: int
    group_by: tuple[str, ...] = Field(description="Its dimensions: each groups and filters it.")
    excluded: tuple[str, ...] = Field(description="What it leaves out and counts.")


class CatalogueOut(BaseModel):
    """All figures."""

    items: list[KpiOut]


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


class GroupOut(ValueOut, Keyed):
    """The figure of one group."""


class Asked(BaseModel):
    """Which figure; it comes first."""

    slug: str
    unit: Unit


class FigureOut(ValueOut, Asked):
    """A figure of the half-open period [from, to)."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime
    groups: list[GroupOut]
    excluded: dict[str, int]
    fresh_as_of: datetime | None = Field(
        description="When the newest event behind it was recorded by its service."
    )
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

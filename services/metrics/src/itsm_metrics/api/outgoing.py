"""What the answers look like."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Unit = Literal["s", "ratio", "count"]


class KpiOut(BaseModel):
    """One figure's entry in the catalogue."""

    slug: str
    name: str
    unit: Unit = Field(description="s: seconds; ratio: 0 to 1; count: a number of things.")
    kind: str = Field(description="duration, rate, mean, count, sum, or a state at `to`: gauge, age.")
    formula: str
    formula_version: int
    group_by: tuple[str, ...] = Field(description="Its dimensions: each groups and filters it.")
    excluded: tuple[str, ...] = Field(description="What it leaves out and counts.")


class CatalogueOut(BaseModel):
    """All figures."""

    items: list[KpiOut]


class QuantilesOut(BaseModel):
    """Exact, interpolated linearly between neighbours; seconds."""

    p50: float
    p90: float
    p95: float


class GroupOut(BaseModel):
    """The figure of one group."""

    key: str | None = Field(description="null: the dimension is absent.")
    n: int
    value: float | int | None
    quantiles: QuantilesOut | None


class FigureOut(BaseModel):
    """A figure of the half-open period [from, to)."""

    model_config = ConfigDict(populate_by_name=True)

    slug: str
    unit: Unit
    from_: datetime = Field(alias="from")
    to: datetime
    n: int = Field(description="How many facts it is made of; records, where it is a sum.")
    value: float | int | None = Field(description="null where n is 0 and it is no count or sum.")
    quantiles: QuantilesOut | None = Field(description="null where it is no duration, or n is 0.")
    groups: list[GroupOut]
    excluded: dict[str, int]
    fresh_as_of: datetime | None = Field(
        description="When the newest event behind it was recorded by its service."
    )
    formula_version: int


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

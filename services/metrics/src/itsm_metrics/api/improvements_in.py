"""What may be said of an improvement."""

from datetime import datetime
from typing import Annotated, Any, Final

from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.texts import Name, Title, Words
from pydantic import Field, StringConstraints, model_validator

from itsm_metrics.rules.effect import Direction
from itsm_metrics.rules.improvement import TAKEN, Level, Source, Status, StepState

ABSENT: Final[Any] = None
"""The default of a field that may be left out, but not null."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
Number = Annotated[float, Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
Value = Annotated[str, StringConstraints(max_length=500)]
Filters = Annotated[dict[Name, Value | None], Field(max_length=10)]


class BaselineIn(StrictModel):
    """Where the figure stands, as somebody states it, in the figure's unit."""

    value: Number
    n: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None


class WindowsIn(StrictModel):
    """Which days are compared: at most so many on each side, after so many in which it settles."""

    longest_days: Annotated[int, Field(ge=28, le=366)] = 90
    settle_days: Annotated[int, Field(ge=0, le=180)] = 7
    zone: Name = "UTC"


class WindowsPatch(StrictModel):
    """A merge patch of them."""

    longest_days: Annotated[int, Field(ge=28, le=366)] = ABSENT
    settle_days: Annotated[int, Field(ge=0, le=180)] = ABSENT
    zone: Name = ABSENT


class ImprovementPatch(StrictModel):
    """A merge patch (RFC 7396); state and steps have verbs of their own.

    What it will be judged by (kpi, filters, direction, baseline, target, objective, windows) is fixed once
    work has begun. filters: dimensions of the figure and their values; empty asks for where it is absent.
    """

    title: Title = ABSENT
    description: Words | None = None
    priority: Level | None = None
    benefit: Level | None = None
    effort: Level | None = None
    cost: Amount | None = None
    currency: Currency | None = None
    owner: Name | None = None
    business_unit: Name | None = None
    service: Name | None = None
    kpi: Name | None = None
    filters: Filters = ABSENT
    direction: Direction | None = None
    baseline: BaselineIn | None = None
    target: Number | None = None
    objective: Words | None = None
    windows: WindowsPatch = ABSENT
    planned_start: datetime | None = None
    planned_end: datetime | None = None


class ImprovementIn(ImprovementPatch):
    """Something that could be better. `reference` is the record that it comes from."""

    title: Title
    source: Source = "person"
    reference: Name | None = None


class ImprovementMove(StrictModel):
    """The state to enter, and what it needs.

    reason: of on_hold and cancelled. started_at: of in_progress; implemented_at: of in_review; both are now
    unless said. outcome: of closed; where it is about no figure, it is needed.
    """

    to: Status
    reason: Words | None = None
    started_at: datetime | None = None
    implemented_at: datetime | None = None
    outcome: Words | None = None

    @model_validator(mode="after")
    def kept(self) -> "ImprovementMove":
        """A field that the state would not keep is refused, not dropped."""
        for name, states in TAKEN.items():
            if getattr(self, name) is not None and self.to not in states:
                raise ValueError(f"{name} belongs to {' or '.join(sorted(states))}.")
        return self


class CommentIn(StrictModel):
    """Something to say about it."""

    body: Words


class StepPatch(StrictModel):
    """How a step stands; a merge patch."""

    state: StepState = ABSENT
    note: Words | None = None

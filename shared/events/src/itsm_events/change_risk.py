"""The risk of a change, a subject of its own: counting it anew is no edit of the change."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from itsm_events.change import RiskBand
from itsm_events.event import Event


class Factor(BaseModel):
    """`value` is from 0 to 1; `points` is what it adds to the score."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    value: float
    weight: float
    points: float
    why: str


class ChangeRiskAssessed(Event):
    """Score or band of a change are others than before."""

    type: ClassVar[str] = "itsm.change_risk.assessed.v1"

    change: str
    """Its id."""
    number: str
    score: int
    band: RiskBand
    model: str
    model_version: int
    factors: list[Factor]

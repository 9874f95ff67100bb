"""Which changes may have caused an incident: the model as data, and a score with its reasons.

Pure: the service map's distances and the moments come in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

State = Literal["suspected", "confirmed", "rejected", "withdrawn"]
Factor = Literal["distance", "elapsed", "risk"]


@dataclass(frozen=True, slots=True)
class Model:
    """When a change is suspected. The weights add up to 1; `unknown_risk` is that of the unassessed."""

    key: str
    window: timedelta
    depth: int
    threshold: float
    weights: Mapping[Factor, float]
    unknown_risk: int


DEFAULT: Final = Model(
    key="default.1",
    window=timedelta(hours=72),
    depth=2,
    threshold=0.3,
    weights={"distance": 0.5, "elapsed": 0.35, "risk": 0.15},
    unknown_risk=50,
)
"""Versioned: a model that has scored is never edited, a new one gets a new key."""


class Reason(NamedTuple):
    """One part of a score: `points` of the at most `weight` that it can give."""

    factor: Factor
    value: float
    weight: float
    points: float


class Score(NamedTuple):
    """Between 0 and 1, and what it is made of."""

    value: float
    reasons: tuple[Reason, ...]


def score(
    model: Model, distance: int, implemented_at: datetime, opened_at: datetime, risk: int | None
) -> Score | None:
    """How much speaks for it; None outside the window before the incident or beyond the depth.

    Nearer, later and riskier each score higher, other things equal.
    """
    elapsed = opened_at - implemented_at
    if not timedelta() <= elapsed < model.window or not 0 <= distance <= model.depth:
        return None
    rated = model.unknown_risk if risk is None else risk
    shares: dict[Factor, tuple[float, float]] = {
        "distance": (distance, 1 - distance / (model.depth + 1)),
        "elapsed": (elapsed.total_seconds(), 1 - elapsed / model.window),
        "risk": (rated, rated / 100),
    }
    reasons = tuple(
        Reason(factor, value, weight, round(weight * shares[factor][1], 6))
        for factor, weight in model.weights.items()
        for value in (shares[factor][0],)
    )
    return Score(round(sum(reason.points for reason in reasons), 6), reasons)


def suspected(model: Model, found: Score | None) -> bool:
    """Whether the score is enough to say so."""
    return found is not None and found.value >= model.threshold

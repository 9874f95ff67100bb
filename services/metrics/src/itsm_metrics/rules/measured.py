"""What was shown of an improvement's figure, as it is kept for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from itsm_metrics.rules.effect import (
    CONFIDENCE,
    METHOD,
    METHOD_VERSION,
    Caution,
    Direction,
    Effect,
    Range,
    Reason,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two times: `level` is what was compared, `value` the figure by its own formula."""

    since: datetime
    until: datetime
    days: int
    n: int
    level: float | None
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """An effect, of which figure, of which days, by which method; `reason` says why nothing could be shown.

    not_comparable: the figure is a state, or comes from agreed time, or is there no more.
    """

    verdict: Verdict
    reason: Reason | Literal["not_comparable"] | None
    kpi: str
    direction: Direction
    method: str = METHOD
    method_version: int = METHOD_VERSION
    confidence: float = CONFIDENCE
    before: Side
    after: Side
    absolute: Range | None = None
    relative: Range | None = None
    detectable: float | None = None
    cautions: tuple[Caution, ...] = ()
    target_met: bool | None = None
    measured_at: datetime


def reached(target: float | None, good: Direction, value: float | None) -> bool | None:
    """Whether a figure has reached its target; None where either is not there."""
    if target is None or value is None:
        return None
    return value >= target if good == "up" else value <= target


def measured(
    effect: Effect | None,
    kpi: str,
    good: Direction,
    before: Side,
    after: Side,
    target: float | None,
    now: datetime,
) -> Measured:
    """What is kept of it."""
    met = reached(target, good, after.value)
    if effect is None:
        return Measured(
            verdict="no_change_shown",
            reason="not_comparable",
            kpi=kpi,
            direction=good,
            before=before,
            after=after,
            target_met=met,
            measured_at=now,
        )
    return Measured(
        verdict=effect.verdict,
        reason=effect.reason,
        kpi=kpi,
        direction=good,
        before=before,
        after=after,
        absolute=effect.absolute,
        relative=effect.relative,
        detectable=effect.detectable,
        cautions=effect.cautions,
        target_met=met,
        measured_at=now,
    )

"""Whether a figure changed between two times, told with the doubt that is left.

Service data come in weeks, and a bad day follows a bad day. So both sides are whole weeks of days, in which
each weekday weighs the same; and the doubt comes from how the days' deviations drift (the slowest waves of
their cosine transform, equally weighted: Lazarus, Lewis, Stock and Watson 2018), not from the number of
records, which would take a thousand records of one bad week for a thousand proofs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final, Literal, NamedTuple

from itsm_metrics.rules.drift import long_run_variance, student, waves

METHOD: Final = "weekly means, equal-weighted cosines"
METHOD_VERSION: Final = 1
CONFIDENCE: Final = 0.95
POWER: Final = 0.8
"""`detectable` is the change that would have been shown with this probability."""
WEEK: Final = 7
FARTHEST: Final = 700.0
"""The largest logarithm whose number can be said."""
LEAST_DAYS: Final = 28
LEAST_DAYS_WITH_RECORDS: Final = 14
LEAST_RECORDS: Final = 30

Scale = Literal["time", "share", "mean", "daily"]
"""What the days of a figure are.

- time: `total` sums the logarithms of seconds; geometric means are compared, as times are skewed
- share: `total` counts the records of which it is true; compared as log odds
- mean: `total` sums the records' values; means are compared as a ratio
- daily: `total` is what the day adds up to; means of days are compared as a ratio
"""
Direction = Literal["up", "down"]
"""Which way is good."""
Verdict = Literal["improved", "no_change_shown", "worse"]
Reason = Literal["too_few_days", "too_few_records"]
Caution = Literal["already_moving"]
"""already_moving: the first half of the days before and the second differ the same way."""


class Day(NamedTuple):
    """The records of one day, zero perhaps, and what they add up to."""

    n: int
    total: float


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two times, `level` in the figure's unit; null where no day has a record."""

    days: int
    n: int
    level: float | None


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate and its interval of 95 %."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What can be said. `relative` is to the level before; `detectable` is a relative change, too."""

    verdict: Verdict
    reason: Reason | None = None
    before: Side
    after: Side
    absolute: Range | None = None
    relative: Range | None = None
    detectable: float | None = None
    cautions: tuple[Caution, ...] = ()


class Estimate(NamedTuple):
    """A side on the scale on which it is compared: where it is, its variance, on how many waves."""

    place: float
    variance: float
    waves: int


def measure(scale: Scale, good: Direction, before: Sequence[Day], after: Sequence[Day]) -> Effect:
    """Compare whole weeks of days before with whole weeks after; days without a record count as such."""
    sides = side(scale, before), side(scale, after)
    reason = shortfall(scale, before, after)
    if reason is not None:
        return Effect(verdict="no_change_shown", reason=reason, before=sides[0], after=sides[1])
    first, second = estimate(scale, before), estimate(scale, after)
    change, doubt = second.place - first.place, doubted(first, second)
    level = back(scale, first.place)
    ends = [back(scale, first.place + change + shift) for shift in (0.0, -doubt.half, doubt.half)]
    found = tuple(end - level for end in ends)
    sure = abs(change) > doubt.half
    better = (change > 0) == (good == "up")
    unseen = back(scale, first.place + (doubt.seen if good == "up" else -doubt.seen)) - level
    return Effect(
        verdict="no_change_shown" if not sure else "improved" if better else "worse",
        before=sides[0],
        after=sides[1],
        absolute=Range(*found),
        relative=Range(*(each / level for each in found)),
        detectable=abs(unseen) / level,
        cautions=("already_moving",) if sure and moving(scale, before, change) else (),
    )


class Doubt(NamedTuple):
    """Half of the interval, and the change that would have been seen with a probability of `POWER`."""

    half: float
    seen: float


def doubted(first: Estimate, second: Estimate) -> Doubt:
    """Welch's, as either side may drift in its own way."""
    variance = first.variance + second.variance
    if variance == 0:
        return Doubt(0.0, 0.0)
    freedom = variance**2 / (first.variance**2 / first.waves + second.variance**2 / second.waves)
    half = student((1 + CONFIDENCE) / 2, freedom) * sqrt(variance)
    return Doubt(half, half + student(POWER, freedom) * sqrt(variance))


def shortfall(scale: Scale, before: Sequence[Day], after: Sequence[Day]) -> Reason | None:
    """Why nothing can be said of these. Where days are added up, a side without records is one of zero."""
    if any(len(days) < LEAST_DAYS or len(days) % WEEK for days in (before, after)):
        return "too_few_days"
    sides = ((*before, *after),) if scale == "daily" else (before, after)
    if any(sum(day.n for day in days) < LEAST_RECORDS for days in sides):
        return "too_few_records"
    if any(sum(day.n > 0 for day in days) < LEAST_DAYS_WITH_RECORDS for days in sides):
        return "too_few_days"
    return None


def weighed(scale: Scale, days: Sequence[Day]) -> list[float]:
    """How much each day weighs."""
    return [1.0] * len(days) if scale == "daily" else [float(day.n) for day in days]


def side(scale: Scale, days: Sequence[Day]) -> Side:
    """One side as it is shown."""
    n, weight = sum(day.n for day in days), sum(weighed(scale, days))
    mean = sum(day.total for day in days) / weight if weight else None
    return Side(len(days), n, exp(mean) if mean is not None and scale == "time" else mean)


def estimate(scale: Scale, days: Sequence[Day]) -> Estimate:
    """The mean, and how far it may be off: on the logarithmic scales by the delta method."""
    weights = weighed(scale, days)
    weight, total, count = sum(weights), sum(day.total for day in days), len(days)
    mean = total / weight
    off = [(day.total - mean * w) * count / weight for day, w in zip(days, weights, strict=True)]
    number = waves(count)
    variance = long_run_variance(off, number) / count
    if scale == "time":
        return Estimate(mean, variance, number)
    if scale == "share":
        # Half a record on either side keeps the odds finite, and chance alone is the least doubt.
        p = (total + 0.5) / (weight + 1)
        return Estimate(log(p / (1 - p)), max(variance, p * (1 - p) / weight) / (p * (1 - p)) ** 2, number)
    level = mean if mean > 0 else 0.5 / weight
    least = 1 / max(sum(day.n for day in days), 0.5) if scale == "daily" else 0.0
    return Estimate(log(level), max(variance / level**2, least), number)


def back(scale: Scale, place: float) -> float:
    """From the scale of the comparison to the figure's unit."""
    if scale == "share":
        return 1 / (1 + exp(-place))
    return exp(min(place, FARTHEST))


def moving(scale: Scale, before: Sequence[Day], change: float) -> bool:
    """Whether the figure moved the same way before anything was done."""
    half = len(before) // WEEK // 2 * WEEK
    if shortfall(scale, before[:half], before[-half:]) is not None:
        return False
    first, second = estimate(scale, before[:half]), estimate(scale, before[-half:])
    moved = second.place - first.place
    return abs(moved) > doubted(first, second).half and (moved > 0) == (change > 0)

"""Whether the buckets of a figure rise or fall, with the doubt that is left where one is like the next.

The slope is that of least squares. Its interval counts the buckets as so many as are independent of one
another: n (1 - r) / (1 + r), where r is how much neighbours resemble each other, corrected for what the fit
takes away (Santer et al. 2000). Of a thousand series without a trend it then holds nought some 950 times
where neighbours do not resemble each other, and 900 to 940 times at r = 0.6.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import Final, NamedTuple

from itsm_metrics.rules.drift import student

CONFIDENCE: Final = 0.95
LEAST: Final = 12
"""Fewer buckets say nothing of a trend."""
MOST_ALIKE: Final = 0.95
LEAST_FREEDOM: Final = 3.0


class Trend(NamedTuple):
    """By how much the figure grows from bucket to bucket."""

    slope: float
    low: float
    high: float


def trend(values: Sequence[float | None]) -> Trend | None:
    """Of one value per bucket, None where there is none; None where fewer than `LEAST` have one."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    n = len(known)
    if n < LEAST:
        return None
    middle, mean = sum(at for at, _ in known) / n, sum(value for _, value in known) / n
    spread = sum((at - middle) ** 2 for at, _ in known)
    slope = sum((at - middle) * (value - mean) for at, value in known) / spread
    off = [value - mean - slope * (at - middle) for at, value in known]
    squares = sum(each * each for each in off)
    freedom = max(n * (1 - alike(off)) / (1 + alike(off)) - 2, 1.0)
    half = student(0.5 + CONFIDENCE / 2, max(freedom, LEAST_FREEDOM)) * sqrt(squares / freedom / spread)
    return Trend(slope, slope - half, slope + half)


def alike(off: Sequence[float]) -> float:
    """How much each deviation is like the one before: 0 to `MOST_ALIKE`."""
    squares = sum(each * each for each in off)
    if not squares:
        return 0.0
    found = sum(one * other for one, other in pairwise(off)) / squares
    return min(max(found + (2 + 4 * found) / len(off), 0.0), MOST_ALIKE)

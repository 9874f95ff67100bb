"""How far a mean of days may be off where one day is like the next: pure numbers."""

from collections.abc import Sequence
from math import cos, exp, log, pi
from statistics import NormalDist
from typing import Final

LEAST_WAVES: Final = 4


def waves(days: int) -> int:
    """How many slow waves of so many days tell of their drift: 0.4 T^(2/3), after Lazarus et al."""
    return max(LEAST_WAVES, round(0.4 * exp(2 / 3 * log(days))))


def long_run_variance(off: Sequence[float], number: int) -> float:
    """Of deviations whose mean is 0: the mean square of their slowest waves.

    A wave of half a week or a day, such as the season within the week, is none of them: it shakes no mean of
    whole weeks.
    """
    count = len(off)
    squares = 0.0
    for wave in range(1, number + 1):
        step = pi * wave / count
        height = sum(value * cos(step * (day + 0.5)) for day, value in enumerate(off))
        squares += height * height * 2 / count
    return squares / number


def student(probability: float, freedom: float) -> float:
    """Student's quantile for 3 degrees of freedom or more, to three digits (after Cornish and Fisher)."""
    z = NormalDist().inv_cdf(probability)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))

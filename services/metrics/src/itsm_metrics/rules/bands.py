"""Bands of a figure: green as it should be, amber to be looked at, red missed, unknown without a value."""

from collections.abc import Iterable
from typing import Final, Literal

from itsm_metrics.rules.effect import Direction

Band = Literal["green", "amber", "red", "unknown"]
FROM_BEST: Final[tuple[Band, ...]] = ("green", "unknown", "amber", "red")
"""What is not known is not good; what is known to be bad is worse."""


def band(direction: Direction, green: float, amber: float, value: float | None) -> Band:
    """The band of a value: green from `green` on, amber from `amber` on, else red.

    A mean or a share of nothing has no value, a count of nothing has: 0.
    """
    if value is None:
        return "unknown"
    sign = 1 if direction == "up" else -1
    if sign * value >= sign * green:
        return "green"
    return "amber" if sign * value >= sign * amber else "red"


def in_order(direction: Direction, green: float, amber: float) -> bool:
    """Whether amber is no better than green; where they are equal, nothing is amber."""
    return amber <= green if direction == "up" else green <= amber


def worst(bands: Iterable[Band]) -> Band:
    """The worst of them; of none nothing is known."""
    return max(bands, key=FROM_BEST.index, default="unknown")

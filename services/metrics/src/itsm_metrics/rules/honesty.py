"""What is said of a figure beside it, so that nobody believes more than it says."""

from collections.abc import Mapping
from typing import Final

from itsm_metrics.rules.kpis.kpi import Kind, Kpi

SMALL_N: Final = 30
"""Of fewer facts a mean, a share or a quantile moves with each of them."""
OF_MANY: Final[frozenset[Kind]] = frozenset(
    {
        *("duration", "rate", "mean", "age", "stale", "recurrence"),
        *("lead", "failure", "recovery", "rework", "between_failures"),
    }
)
"""Kinds whose value is a mean or a share of n."""
APART: Final = frozenset(
    {
        *("cancelled", "cancelled_after_breach", "requests_rejected", "requests_cancelled"),
        *("improvement_unmeasured", "changes_not_deployed", "surveys_open"),
    }
)
"""What a figure leaves out because it does not speak of it: nothing is missing there."""


def small(kpi: Kpi, n: int) -> bool:
    """Whether the figure is a mean or a share of so few that it says little."""
    return kpi.kind in OF_MANY and n < SMALL_N


def coverage(kpi: Kpi, n: int, excluded: Mapping[str, int]) -> float | None:
    """The share of records of which the measure is known: n / (n + those that have none so far).

    None where the figure leaves none out for that, or there are none.
    """
    missing = [count for name, count in excluded.items() if name not in APART]
    if kpi.of_services or not missing or not n + sum(missing):
        return None
    return n / (n + sum(missing))


def change(value: float | None, before: float | None) -> tuple[float | None, float | None]:
    """The difference and the ratio to the period before; None where either is not known, or it was 0."""
    if value is None or before is None:
        return None, None
    return value - before, value / before if before else None

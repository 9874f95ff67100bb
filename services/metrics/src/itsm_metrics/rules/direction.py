"""Which way is good for a figure; None where neither is."""

from typing import Final

from itsm_metrics.rules.effect import Direction

UP: Final = frozenset(
    {
        "availability",
        "csat",
        "csat_response_rate",
        "deployment_frequency",
        "first_contact_resolution",
        "improvement_success",
        "mtbf",
        "mtbsi",
        "sla_compliance",
    }
)
NEITHER: Final = frozenset(
    {"cost_per_service", "demand", "improvements_registered", "requests_submitted", "resolved"}
)


def direction(slug: str) -> Direction | None:
    """Less is better of what takes time, is open, goes wrong or is done twice, and so of all the others."""
    if slug in NEITHER:
        return None
    return "up" if slug in UP else "down"

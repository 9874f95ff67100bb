"""Which ITIL practice a figure serves."""

from collections.abc import Mapping
from typing import Final

from itsm_metrics.rules.kpis.kpi import Kpi

OF_RESOURCE: Final[Mapping[str, str]] = {
    "incident": "Incident management",
    "problem": "Problem management",
    "sla_clock": "Service level management",
    "service_request": "Request fulfilment",
    "change": "Change management",
    "deployment": "Release and deployment management",
    "survey": "Business relationship management",
    "alert": "Event management",
}
"""By the first of the resources whose events a figure is made of."""
OF_FIGURE: Final[Mapping[str, str]] = {
    "availability": "Availability management",
    "mtbf": "Availability management",
    "mtbsi": "Availability management",
    "cost_per_service": "Financial management",
    "demand": "Demand management",
    "data_quality": "Service reporting",
}
"""Where that is not it."""
OTHERS: Final = "Continual service improvement"


def practice(kpi: Kpi) -> str:
    """In ITIL's words."""
    if kpi.of_deployments:
        return OF_RESOURCE["deployment"]
    return OF_FIGURE.get(kpi.slug) or OF_RESOURCE.get(kpi.resources[0], OTHERS)

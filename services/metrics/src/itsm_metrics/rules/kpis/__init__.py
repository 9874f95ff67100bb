"""The catalogue of figures: each is one declaration, and `KPIS` lists them all."""

from itsm_metrics.rules.effect import Direction
from itsm_metrics.rules.kpis.changes import CHANGES
from itsm_metrics.rules.kpis.clocks import CLOCKS
from itsm_metrics.rules.kpis.improvements import IMPROVEMENTS
from itsm_metrics.rules.kpis.incidents import INCIDENTS
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.kpis.quality import QUALITY
from itsm_metrics.rules.kpis.requests import REQUESTS
from itsm_metrics.rules.kpis.services import SERVICES
from itsm_metrics.rules.kpis.surveys import SURVEYS

KPIS: dict[str, Kpi] = {
    kpi.slug: kpi
    for kpi in (
        *INCIDENTS,
        *CLOCKS,
        *REQUESTS,
        *CHANGES,
        *SERVICES,
        *SURVEYS,
        *IMPROVEMENTS,
        *QUALITY,
    )
}


def direction(slug: str) -> Direction | None:
    """Which way is good for a figure; None where neither is, or where there is no such figure any more."""
    kpi = KPIS.get(slug)
    return kpi.direction if kpi else None

"""What the metrics service is made of."""

from importlib.metadata import version

from itsm_chassis.run.service import Service

from itsm_metrics.api import kpis, records, sources
from itsm_metrics.api.permissions import PERMISSIONS
from itsm_metrics.consumers import SUBSCRIPTIONS
from itsm_metrics.pages.permissions import PERMISSIONS as PAGES
from itsm_metrics.pages.site import ROUTERS, site
from itsm_metrics.projections.rebuild import rebuild
from itsm_metrics.tables import metadata

service = Service(
    name="metrics",
    title="ITSM metrics",
    description="Continual service improvement: KPIs computed from everybody's events.",
    version=version("itsm-metrics"),
    package="itsm_metrics",
    metadata=metadata,
    routers=(kpis.router, records.router, sources.router, *ROUTERS),
    permissions=PERMISSIONS | PAGES,
    subscriptions=SUBSCRIPTIONS,
    commands={"rebuild": rebuild},
    site=site,
)

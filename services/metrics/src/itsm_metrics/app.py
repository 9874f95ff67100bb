"""What the metrics service is made of."""

from importlib.metadata import version

from itsm_chassis.run.service import Service, Timer

from itsm_metrics.api import kpis, rebuilds, records, sources
from itsm_metrics.api.permissions import PERMISSIONS
from itsm_metrics.consumers import SUBSCRIPTIONS
from itsm_metrics.projections.rebuild import rebuild
from itsm_metrics.projections.rebuilding import EVERY_S, carry_out
from itsm_metrics.tables import metadata

service = Service(
    name="metrics",
    title="ITSM metrics",
    description="Continual service improvement: KPIs computed from everybody's events.",
    version=version("itsm-metrics"),
    package="itsm_metrics",
    metadata=metadata,
    routers=(kpis.router, records.router, sources.router, rebuilds.router),
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    timers=(Timer("rebuild", EVERY_S, carry_out),),
    commands={"rebuild": rebuild},
)

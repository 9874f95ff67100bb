"""What the metrics service is made of."""

from importlib.metadata import version

from itsm_chassis import clock
from itsm_chassis.run.service import Service, Timer
from itsm_chassis.store.database import Database

from itsm_metrics.api import (
    flow,
    flow_drawing,
    flow_logs,
    kpis,
    records,
    sources,
    survey_page,
    survey_policies,
    surveys,
)
from itsm_metrics.api.permissions import PERMISSIONS
from itsm_metrics.commands.answering import expire_due
from itsm_metrics.consumers import SUBSCRIPTIONS
from itsm_metrics.projections.rebuild import rebuild
from itsm_metrics.queries.surveys import links
from itsm_metrics.settings import MetricsSettings
from itsm_metrics.tables import metadata

EXPIRY_EVERY_S = 60.0


async def expire_surveys(db: Database) -> None:
    """End the surveys that nobody answered in time."""
    await expire_due(db, clock.now())


service = Service(
    name="metrics",
    title="ITSM metrics",
    description="Continual service improvement: KPIs computed from everybody's events.",
    version=version("itsm-metrics"),
    package="itsm_metrics",
    metadata=metadata,
    routers=(
        kpis.router,
        records.router,
        flow.router,
        flow_drawing.router,
        flow_logs.router,
        sources.router,
        surveys.router,
        survey_page.router,
        survey_policies.router,
    ),
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    commands={"rebuild": rebuild},
    timers=(Timer("survey-expiry", EXPIRY_EVERY_S, expire_surveys),),
    settings=MetricsSettings,
    links=links,
)

"""What the incident service is made of."""

from importlib.metadata import version

from itsm_chassis import clock
from itsm_chassis.run.service import Part, Service, Timer
from itsm_chassis.store.database import Database

from itsm_incident.api import conversation, escalation_rules, imports, incidents, sla, suspects
from itsm_incident.api.permissions import PERMISSIONS
from itsm_incident.commands.close import close_due
from itsm_incident.consumers import subscriptions
from itsm_incident.projections.timekeeper import Timekeeper
from itsm_incident.queries import feed_scope
from itsm_incident.settings import Closing, IncidentSettings
from itsm_incident.tables import metadata

CLOSING_EVERY_S = 60.0

timekeeper = Timekeeper()


async def auto_close(db: Database) -> None:
    """Close what was resolved long enough ago."""
    await close_due(db, Closing().auto_close_days, clock.now())


service = Service(
    name="incident",
    title="ITSM incident",
    description="Service operation: incidents, their lifecycle, their conversation and their history.",
    version=version("itsm-incident"),
    package="itsm_incident",
    metadata=metadata,
    routers=(
        imports.router,
        incidents.router,
        conversation.router,
        sla.router,
        escalation_rules.router,
        suspects.router,
    ),
    permissions=PERMISSIONS,
    subscriptions=subscriptions(timekeeper),
    parts=(Part("sla-clocks", timekeeper.run), Part("sla-long-histories", timekeeper.run_long)),
    timers=(Timer("auto-close", CLOSING_EVERY_S, auto_close),),
    feed_scope=feed_scope,
    settings=IncidentSettings,
)

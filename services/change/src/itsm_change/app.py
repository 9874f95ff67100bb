"""What the change service is made of."""

from importlib.metadata import version

from itsm_chassis import clock
from itsm_chassis.run.service import Part, Service, Timer
from itsm_chassis.store.database import Database

from itsm_change.api import (
    approvals,
    calendar,
    changes,
    conversation,
    deployments,
    imports,
    meetings,
    policies,
    releases,
    risk_models,
    schedule,
    suspects,
    templates,
    windows,
)
from itsm_change.api.permissions import PERMISSIONS
from itsm_change.commands.expiry import expire_due
from itsm_change.consumers import subscriptions
from itsm_change.projections.assessor import Assessor
from itsm_change.queries import feed_scope
from itsm_change.queries.feed import links
from itsm_change.settings import ChangeSettings
from itsm_change.tables import metadata

EXPIRY_EVERY_S = 1.0

assessor = Assessor()


async def expire_approvals(db: Database) -> None:
    """Refuse the approvals whose time is over."""
    await expire_due(db, clock.now())


service = Service(
    name="change",
    title="ITSM change",
    description="Service transition: changes, their approvals, and what becomes of them.",
    version=version("itsm-change"),
    package="itsm_change",
    metadata=metadata,
    routers=(
        imports.router,
        changes.router,
        conversation.router,
        approvals.router,
        policies.router,
        templates.router,
        meetings.router,
        suspects.router,
        windows.router,
        schedule.router,
        risk_models.router,
        calendar.router,
        calendar.feeds,
        releases.router,
        deployments.router,
    ),
    permissions=PERMISSIONS,
    subscriptions=subscriptions(assessor),
    parts=(Part("assessor", assessor.run),),
    timers=(Timer("approval-expiry", EXPIRY_EVERY_S, expire_approvals),),
    feed_scope=feed_scope,
    settings=ChangeSettings,
    links=links,
)

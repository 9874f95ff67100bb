"""What the change service is made of."""

from importlib.metadata import version

from itsm_chassis import clock
from itsm_chassis.run.service import Service, Timer
from itsm_chassis.store.database import Database

from itsm_change.api import (
    approvals,
    changes,
    conversation,
    deployments,
    imports,
    meetings,
    policies,
    releases,
    suspects,
    templates,
)
from itsm_change.api.permissions import PERMISSIONS
from itsm_change.commands.expiry import expire_due
from itsm_change.consumers import SUBSCRIPTIONS
from itsm_change.queries import feed_scope
from itsm_change.tables import metadata

EXPIRY_EVERY_S = 1.0


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
        releases.router,
        deployments.router,
    ),
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    timers=(Timer("approval-expiry", EXPIRY_EVERY_S, expire_approvals),),
    feed_scope=feed_scope,
)

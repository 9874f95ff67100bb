"""What the catalog service is made of."""

from importlib.metadata import version

from itsm_chassis import clock
from itsm_chassis.run.service import Part, Service, Timer
from itsm_chassis.store.database import Database

from itsm_catalog.api import (
    approvals,
    business_units,
    calendars,
    catalogue,
    dependencies,
    fulfilment_tasks,
    groups,
    impact,
    item_exchange,
    item_types,
    items,
    maps,
    offerings,
    orders,
    people,
    portfolio,
    request_conversation,
    request_imports,
    service_requests,
    services,
    sla_policies,
)
from itsm_catalog.api.permissions import PERMISSIONS
from itsm_catalog.commands.requests.closing import close_due
from itsm_catalog.commands.requests.timekeeper import Timekeeper
from itsm_catalog.consumers import SUBSCRIPTIONS
from itsm_catalog.queries.feed import feed_scope
from itsm_catalog.settings import CatalogSettings, Closing
from itsm_catalog.tables import metadata

CLOSING_EVERY_S = 60.0


async def auto_close(db: Database) -> None:
    """Close what was fulfilled long enough ago."""
    await close_due(db, Closing().request_close_days, clock.now())


service = Service(
    name="catalog",
    title="ITSM catalog",
    description="Service strategy and design: the service portfolio, people and groups, configuration items, "
    "service levels and business calendars, and what is ordered: requests, approvals and fulfilment.",
    version=version("itsm-catalog"),
    package="itsm_catalog",
    metadata=metadata,
    routers=(
        portfolio.router,
        services.router,
        offerings.router,
        catalogue.router,
        people.router,
        groups.router,
        business_units.router,
        calendars.router,
        sla_policies.router,
        item_types.router,
        items.router,
        item_exchange.router,
        dependencies.router,
        impact.router,
        orders.router,
        request_imports.router,
        service_requests.router,
        request_conversation.router,
        approvals.router,
        fulfilment_tasks.router,
        maps.router,
    ),
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    parts=(Part("request-deadlines", Timekeeper().run),),
    timers=(Timer("request-auto-close", CLOSING_EVERY_S, auto_close),),
    feed_scope=feed_scope,
    settings=CatalogSettings,
)

"""What the catalog service is made of."""

from importlib.metadata import version

from itsm_chassis.run.service import Service

from itsm_catalog.api import (
    business_units,
    calendars,
    catalogue,
    dependencies,
    groups,
    impact,
    item_types,
    items,
    offerings,
    people,
    portfolio,
    services,
    sla_policies,
)
from itsm_catalog.api.permissions import PERMISSIONS
from itsm_catalog.consumers import SUBSCRIPTIONS
from itsm_catalog.queries.feed import feed_scope
from itsm_catalog.tables import metadata

service = Service(
    name="catalog",
    title="ITSM catalog",
    description="Service strategy and design: the service portfolio, people and groups, service levels and "
    "business calendars.",
    version=version("itsm-catalog"),
    package="itsm_catalog",
    metadata=metadata,
    routers=(
        portfolio.router,
        services.router,
        offerings.router,
        catalogue.router,
        calendars.router,
        sla_policies.router,
        item_types.router,
        items.router,
        dependencies.router,
        impact.router,
        people.router,
        groups.router,
        business_units.router,
    ),
    permissions=PERMISSIONS,
    subscriptions=SUBSCRIPTIONS,
    feed_scope=feed_scope,
)

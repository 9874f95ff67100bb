"""What the catalog service is made of."""

from importlib.metadata import version

from itsm_chassis.run.service import Service

from itsm_catalog.api import (
    calendars,
    dependencies,
    impact,
    item_exchange,
    item_types,
    items,
    maps,
    services,
    sla_policies,
)
from itsm_catalog.api.permissions import PERMISSIONS
from itsm_catalog.queries.feed import feed_scope
from itsm_catalog.tables import metadata

service = Service(
    name="catalog",
    title="ITSM catalog",
    description="Service strategy and design: the service portfolio, configuration items, service levels and "
    "business calendars.",
    version=version("itsm-catalog"),
    package="itsm_catalog",
    metadata=metadata,
    routers=(
        services.router,
        calendars.router,
        sla_policies.router,
        item_types.router,
        items.router,
        item_exchange.router,
        dependencies.router,
        impact.router,
        maps.router,
    ),
    permissions=PERMISSIONS,
    feed_scope=feed_scope,
)

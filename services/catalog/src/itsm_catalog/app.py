"""What the catalog service is made of."""

from importlib.metadata import version

from itsm_chassis.run.service import Service
from itsm_chassis.store.context import Context

from itsm_catalog.api import business_units, calendars, groups, people, services, sla_policies
from itsm_catalog.api.permissions import PERMISSIONS
from itsm_catalog.tables import metadata


def everybodys(_: Context) -> None:
    """The portfolio is no secret: the feed shows every caller all of it."""


service = Service(
    name="catalog",
    title="ITSM catalog",
    description="Service strategy and design: the service portfolio, people and groups, service levels and "
    "business calendars.",
    version=version("itsm-catalog"),
    package="itsm_catalog",
    metadata=metadata,
    routers=(
        services.router,
        people.router,
        groups.router,
        business_units.router,
        calendars.router,
        sla_policies.router,
    ),
    permissions=PERMISSIONS,
    feed_scope=everybodys,
)

"""What the change service is made of."""

from importlib.metadata import version

from itsm_chassis.run.service import Service

from itsm_change.api import PERMISSIONS, router
from itsm_change.queries import feed_scope
from itsm_change.tables import metadata

service = Service(
    name="change",
    title="ITSM change",
    description="Service transition: changes.",
    version=version("itsm-change"),
    package="itsm_change",
    metadata=metadata,
    routers=(router,),
    permissions=PERMISSIONS,
    feed_scope=feed_scope,
)

"""What the catalog hears, and what it does about it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.bus.consumer import Subscription
from itsm_chassis.bus.decoding import Received

from itsm_catalog.projections import demand

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

QUEUE: Final = "itsm.catalog.1"


async def weigh(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Incidents, and our own requests, are the demand for services."""
    await demand.count(conn, QUEUE, events)


SUBSCRIPTIONS: Final = (Subscription(QUEUE, tuple(demand.KINDS), weigh),)

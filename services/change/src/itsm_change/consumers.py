"""What change hears, and what it does about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis import clock
from itsm_chassis.bus.consumer import Subscription
from itsm_chassis.bus.decoding import Received
from itsm_events import EVENTS, Event
from itsm_events.catalog import ServiceDetails
from itsm_events.configuration_item import ConfigurationItemEvent
from itsm_events.dependency import DependencyEvent
from itsm_events.group import GroupEvent
from itsm_events.person import PersonEvent

from itsm_change.commands.attributing import attribute
from itsm_change.projections import catalog, implemented, incidents, marking
from itsm_change.projections.assessor import Assessor

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Handler = Callable[["Connection[Any]", Received], Awaitable[None]]

HANDLERS: Final[dict[type[Event], Handler]] = {
    ServiceDetails: catalog.keep_service,
    ConfigurationItemEvent: catalog.keep_item,
    DependencyEvent: catalog.keep_dependency,
    GroupEvent: catalog.keep_group,
    PersonEvent: catalog.keep_person,
}
"""By the base of the events that tell of one subject."""

BY_TYPE: Final = {
    name: handler
    for name, event in EVENTS.items()
    for base, handler in HANDLERS.items()
    if issubclass(event, base)
}


OWN: Final = ("itsm.change.#", "itsm.maintenance_window.#", "itsm.freeze.#", "itsm.risk_model.#")
"""What we say ourselves of that which conflicts and risk follow from."""


async def keep(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """One by one: each says itself whether something later is known already."""
    for event in events:
        await BY_TYPE[event.envelope.type](conn, event)
        await marking.follow_catalog(conn, event)


async def suspect(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """An incident, or a change that may have been recorded late: look for what caused what."""
    told = [event for event in events if event.envelope.type.startswith("itsm.incident.")]
    done = [event for event in events if event.envelope.type.startswith("itsm.change.")]
    concerned = await incidents.keep(conn, told) | await implemented.keep(conn, done)
    await attribute(conn, concerned, clock.now())


def subscriptions(assessor: Assessor) -> tuple[Subscription, ...]:
    """The catalog's facts; our own changes and windows, for the assessor; and what may have caused what."""

    async def heard(conn: "Connection[Any]", events: Sequence[Received]) -> None:
        await keep(conn, events)
        assessor.call()

    async def follow(conn: "Connection[Any]", events: Sequence[Received]) -> None:
        await marking.follow(conn, events)
        assessor.call()

    return (
        Subscription("itsm.change.1", tuple(BY_TYPE), heard),
        Subscription("itsm.change.schedule.1", OWN, follow),
        Subscription("itsm.change.suspects.1", ("itsm.incident.#", "itsm.change.#"), suspect),
    )

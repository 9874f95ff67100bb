"""What incident hears, and what it does about it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis import clock
from itsm_chassis.bus import inbox
from itsm_chassis.bus.consumer import Subscription
from itsm_chassis.bus.decoding import Received
from itsm_events import Event
from itsm_events.calendar import CalendarPublished
from itsm_events.service_level import SlaPolicyActivated, SlaPolicyRetired
from itsm_events.sla_clock import SlaClockBreached, SlaClockThresholdReached

from itsm_incident.commands.escalate import carry_out
from itsm_incident.projections import follower, suspects
from itsm_incident.projections.service_levels import keep_calendar, keep_policy
from itsm_incident.projections.timekeeper import Timekeeper

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Handler = Callable[["Connection[Any]", Received], Awaitable[None]]

HANDLERS: Final[dict[type[Event], Handler]] = {
    CalendarPublished: keep_calendar,
    SlaPolicyActivated: keep_policy,
    SlaPolicyRetired: keep_policy,
}
THRESHOLDS: Final = (SlaClockThresholdReached.type, SlaClockBreached.type)
ESCALATIONS: Final = "itsm.incident.escalations.1"
BY_TYPE: Final = {heard.type: handler for heard, handler in HANDLERS.items()}


async def escalate(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Thresholds of clocks: the rules for them are carried out, once. History that was imported escalates
    nothing.
    """
    live = [event for event in events if not event.envelope.imported]
    await carry_out(conn, await inbox.unheard(conn, ESCALATIONS, live), clock.now())


def subscriptions(timekeeper: Timekeeper) -> tuple[Subscription, ...]:
    """Service levels from the catalog; our own incidents, whose clocks the timekeeper counts; what the clocks
    reach; and the changes that are suspected.
    """

    async def keep(conn: "Connection[Any]", events: Sequence[Received]) -> None:
        for event in events:
            await BY_TYPE[event.envelope.type](conn, event)
        timekeeper.call()

    async def follow(conn: "Connection[Any]", events: Sequence[Received]) -> None:
        await follower.mark(conn, events)
        timekeeper.call()

    return (
        Subscription("itsm.incident.1", tuple(BY_TYPE), keep),
        Subscription("itsm.incident.clocks.1", ("itsm.incident.#",), follow),
        Subscription(ESCALATIONS, THRESHOLDS, escalate),
        Subscription("itsm.incident.suspects.1", ("itsm.suspect.#",), suspects.keep),
    )

"""What metrics hears, and what it does about it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from itsm_chassis import clock
from itsm_chassis.bus.consumer import Subscription
from itsm_chassis.bus.decoding import Received
from itsm_events.change import ChangeClosed, ChangeReviewed

from itsm_metrics.commands.proposing import propose_reviewed
from itsm_metrics.projections import inviting
from itsm_metrics.projections.apply import apply
from itsm_metrics.rules.asking import ABOUT

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection


async def keep_and_restate(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Every event of the suite is kept; those with a fold restate their record's facts."""
    await apply(conn, events, clock.now())


async def invite(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Something was done for somebody: they are asked how content they are."""
    await inviting.invite(conn, events, clock.now())


async def propose(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """What the review of a change found to be improved is proposed, once; imported history is not."""
    live = [event for event in events if not event.envelope.imported]
    await propose_reviewed(conn, live, clock.now())


SUBSCRIPTIONS = (
    Subscription("itsm.metrics.1", ("itsm.#",), keep_and_restate),
    Subscription("itsm.metrics.surveys.1", tuple(ABOUT), invite),
    Subscription("itsm.metrics.reviews.1", (ChangeReviewed.type, ChangeClosed.type), propose),
)

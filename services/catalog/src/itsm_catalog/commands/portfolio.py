"""Writes of the portfolio: proposing a service, editing it, moving it through its life."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.errors import FieldError, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, Guard, perform
from itsm_chassis.store.records import created, find, load
from itsm_chassis.store.work import Work, fact
from itsm_events import catalog as said
from pydantic_core import to_json

from itsm_catalog.rules.portfolio import PortfolioService, Status, edited
from itsm_catalog.rules.service_levels import invalid
from itsm_catalog.rules.service_lifecycle import move, still_owed
from itsm_catalog.tables import calendar, row_locks, service
from itsm_catalog.tables.graph import ALONE
from itsm_catalog.tables.surroundings import around, read

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

EVENTS: Final[Mapping[Status, type[said.ServiceEvent]]] = {
    "under_evaluation": said.ServiceEvaluationStarted,
    "chartered": said.ServiceChartered,
    "in_design": said.ServiceDesignStarted,
    "live": said.ServiceLaunched,
    "retiring": said.ServiceRetirementStarted,
    "retired": said.ServiceRetired,
    "cancelled": said.ServiceCancelled,
}


async def propose(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Enter a service into the pipeline, owned by the caller unless they name another.

    Raises Refused where its key is taken, Invalid where its calendar is unknown.
    """
    owner = given.get("owner") or ctx.actor

    async def decide() -> Decision:
        await known_calendar(db, ctx, given)
        record = PortfolioService(id=new_id(), **{**given, "owner": owner, "proposed_at": ctx.now})
        event = said.ServiceProposed(**asdict(record))
        return created(ctx, service, record, event, source="catalog", place="/v1/services")

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch: null clears); raises Missing, Stale, Refused and Invalid."""
    before: PortfolioService

    async def decide() -> Decision:
        nonlocal before
        before = await current(db, ctx, reference)
        after = edited(before, given)
        if after is None:
            return [], answer(before)
        await known_calendar(db, ctx, given)
        still_owed(before, after, await around(db, ctx.tenant, after))
        return written(ctx, after, said.ServiceUpdated(**asdict(after)))

    async def agreed(conn: "Connection[Any]") -> None:
        """Looks once more, while nobody can retire the policy."""
        await row_locks.policy_shared(conn, ctx.tenant, given["sla_policy"])
        after = edited(before, given)
        if after is not None:
            still_owed(before, after, await around(conn, ctx.tenant, after))

    return await perform(db, ctx, decide, guard=agreed if given.get("sla_policy") else None)


async def transition(db: Database, ctx: Context, reference: str, to: Status, comment: str | None) -> Answer:
    """Move a service to its next state; Refused with everything that stands in the way."""
    before: PortfolioService

    async def decide() -> Decision:
        nonlocal before
        before = await current(db, ctx, reference)
        after = move(before, to, await around(db, ctx.tenant, before), ctx.now)
        return written(ctx, after, EVENTS[to](**asdict(after), comment=comment))

    async def unneeded(conn: "Connection[Any]") -> None:
        """Looks once more, while nothing can come to rely on the service."""
        await conn.execute(ALONE, ctx.tenant)
        await row_locks.service_alone(conn, ctx.tenant, before.key)
        move(before, to, await around(conn, ctx.tenant, before), ctx.now)

    async def ready(conn: "Connection[Any]") -> None:
        """Looks once more, while nobody can retire what the service needs."""
        await conn.execute(ALONE, ctx.tenant)
        await row_locks.policy_shared(conn, ctx.tenant, before.sla_policy)
        move(before, to, await around(conn, ctx.tenant, before), ctx.now)

    guards: dict[Status, Guard] = {"retired": unneeded, "live": ready}
    return await perform(db, ctx, decide, guard=guards.get(to))


async def current(db: Database, ctx: Context, reference: str) -> PortfolioService:
    """The service as it is now; Missing, or Stale where it has moved on."""
    found = await find(db, ctx, service, reference, name="key")
    if ctx.expected not in (None, found.version):
        raise Stale(found.version)
    return read(found.text)


async def known_calendar(db: Database, ctx: Context, given: Mapping[str, Any]) -> None:
    """Invalid where the agreed service time would be that of no calendar."""
    key = given.get("availability_calendar")
    if key is not None and await load(db, calendar, ctx.tenant, key, "key") is None:
        message = f"There is no calendar {key}: publish it first."
        raise invalid([FieldError("/availability_calendar", "unknown_calendar", message)])


def written(ctx: Context, after: PortfolioService, event: said.ServiceEvent) -> Decision:
    """The decision to store a state and to say what happened."""
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": to_json(after).decode()}
    row |= {c.name: getattr(after, c.name) for c in service.columns if c.name not in row}
    happened = fact(ctx, "catalog", event, subject=after.id, sequence=after.version)
    work = Work("update", [happened], service, after.id, ctx.tenant, row, after.version - 1)
    return [work], answer(after)


def answer(state: PortfolioService) -> Answer:
    """The service as the answer of a write."""
    return Answer(200, to_json(state).decode(), state.version)

"""A pipeline's word about a deployment: kept, and carried over to its change in the same commit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work, fact
from itsm_events import deployment as said

from itsm_change.commands import templates
from itsm_change.commands.deploy_start import Start, begin
from itsm_change.commands.recording import SOURCE, added, changed
from itsm_change.rules import card, deploying
from itsm_change.rules import deployment as rules
from itsm_change.rules.change import Event
from itsm_change.rules.deployment import Deployment, Outcome
from itsm_change.tables import change, deployment
from itsm_change.tables.finding import find_release

PLACE: Final = "/v1/deployments"
EVENTS: Final[dict[Outcome, type[said.DeploymentEvent]]] = {
    "running": said.DeploymentStarted,
    "succeeded": said.DeploymentSucceeded,
    "failed": said.DeploymentFailed,
    "rolled_back": said.DeploymentRolledBack,
}


async def tell(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Record a deployment, or what became of it; the same word again changes nothing.

    Refused only where it contradicts what was told before.
    """
    fields = rules.shaped(given)

    async def decide() -> Decision:
        found = await load(db, deployment, ctx.tenant, fields["external_id"], "external_id")
        if found is None:
            return await first(db, ctx, fields)
        return await again(db, ctx, rules.read(found.text), fields)

    try:
        return await perform(db, ctx, decide)
    except Refused as twin:
        if twin.code != "already_exists":
            raise
        return await perform(db, ctx, decide)


async def first(db: Database, ctx: Context, given: Mapping[str, Any]) -> Decision:
    """What is told for the first time: the start, and the outcome where it is known already."""
    begun = await released(db, ctx, rules.begun(str(new_id()), given, ctx.now))
    ended = rules.ended(begun, given, ctx.now)
    start = Start([], None)
    if begun.environment == "production":
        start = await begin(db, ctx, ended or begun)
    states = [replace(each, **start.marks()) for each in (begun, ended) if each]
    events = list(start.events)
    if ended is not None and start.change is not None and states[-1].opened_change:
        events += deploying.finished(events[-1].state, states[-1], ctx.now)
    works = [stored(ctx, states, was=0)]
    if events:
        works.append(changed(ctx, events) if not start.opened else added(ctx, events))
        works += await judged(db, ctx, events)
    return works, answer(states[-1], 201)


async def again(db: Database, ctx: Context, before: Deployment, given: Mapping[str, Any]) -> Decision:
    """What is told later."""
    after = rules.ended(before, given, ctx.now)
    if after is None:
        return [], answer(before, 200)
    after = await released(db, ctx, after)
    works = [stored(ctx, [after], was=before.version)]
    owner = await load(db, change, ctx.tenant, UUID(after.change_id)) if after.change_id else None
    if owner is not None and after.opened_change:
        events = deploying.finished(card.read(owner.text), after, ctx.now)
        if events:
            works += [changed(ctx, events), *await judged(db, ctx, events)]
    return works, answer(after, 200)


async def released(db: Database, ctx: Context, state: Deployment) -> Deployment:
    """With the release that it names, where that is known."""
    if state.release is None or state.release_id is not None:
        return state
    found = await find_release(db, ctx, state.release)
    if found is None:
        return state
    return replace(state, release_id=found.id, release_number=found.number)


async def judged(db: Database, ctx: Context, events: list[Event]) -> list[Work]:
    """What the end of the change does to its template."""
    last = events[-1].state
    return await templates.judged(db, ctx, last) if last.status == "closed" else []


def stored(ctx: Context, states: list[Deployment], was: int) -> Work:
    """The row of the last state, and an event for each."""
    last = states[-1]
    identity = UUID(last.id)
    owner = UUID(last.change_id) if last.change_id else identity
    facts = []
    for state in states:
        data = {name: getattr(state, name) for name in said.DeploymentEvent.model_fields}
        spoken = EVENTS[state.outcome].model_validate(data)
        at = state.rolled_back_at or state.finished_at or state.started_at
        facts.append(fact(ctx, SOURCE, spoken, subject=identity, sequence=state.version, record=owner, at=at))
    values: dict[str, Any] = {"id": identity, "tenant": ctx.tenant, "card": rules.write(last)}
    values |= {"change_id": last.change_id and UUID(last.change_id)}
    values |= {"release_id": last.release_id and UUID(last.release_id)}
    values |= {c.name: getattr(last, c.name) for c in deployment.columns if c.name not in values}
    mode: Any = "update" if was else "insert"
    return Work(mode, facts, deployment, identity, ctx.tenant, values, was)


def answer(state: Deployment, status: int) -> Answer:
    """The deployment as the answer of a write."""
    place = f"{PLACE}/{state.id}" if status == 201 else None
    return Answer(status, rules.write(state), state.version, place)

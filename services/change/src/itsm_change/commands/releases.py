"""Writes of releases: planning, editing, grouping changes, and moving them through their life together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid, Missing, Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.numbers import Numbers
from itsm_chassis.store.perform import Decision, Guard, perform
from itsm_chassis.store.work import Work, fact
from itsm_events import release as said

from itsm_change.commands.recording import SOURCE
from itsm_change.rules import release as rules
from itsm_change.rules.change import ENDED, Change
from itsm_change.rules.release import Grouped, Release, Status
from itsm_change.tables import change, release, release_number
from itsm_change.tables.finding import find_release, grouped_changes, refer
from itsm_change.tables.releases import ELSEWHERE

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

NUMBERS: Final = Numbers("REL", release_number.name)
EVENTS: Final[dict[Status, type[said.ReleaseEvent]]] = {
    "build": said.ReleaseBuildStarted,
    "test": said.ReleaseTestStarted,
    "ready": said.ReleaseReadied,
    "deploying": said.ReleaseDeploymentStarted,
    "deployed": said.ReleaseDeployed,
    "rolled_back": said.ReleaseRolledBack,
    "closed": said.ReleaseClosed,
    "cancelled": said.ReleaseCancelled,
}
ALONE: Final = "SELECT id FROM change WHERE tenant = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE"


async def plan(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Plan a release, of changes perhaps; the manager is the caller unless another is named."""
    fields = {name: value for name, value in given.items() if name != "changes"}
    identity = str(new_id())
    members = [await addable(db, ctx, each, f"/changes/{i}") for i, each in enumerate(given["changes"])]
    changes = tuple(dict.fromkeys(members))

    async def decide() -> Decision:
        number = await NUMBERS.next(db)
        manager = fields.get("manager") or ctx.actor
        made = Release(
            id=identity, number=number, changes=changes, planned_at=ctx.now, **fields | {"manager": manager}
        )
        rules.check(made)
        return written(ctx, "insert", made, said.ReleasePlanned)

    return await perform(db, ctx, decide, guard=nowhere_else(ctx, identity, changes) if changes else None)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch: null clears)."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        return updated(ctx, before, rules.edited(before, given))

    return await perform(db, ctx, decide)


async def add(db: Database, ctx: Context, reference: str, member: str) -> Answer:
    """Group a change, by its id, number or external_id; one that is in it already stays there."""
    release_id = (await current(db, ctx, reference)).id
    wanted = await addable(db, ctx, member, "/change")

    async def decide() -> Decision:
        before = await current(db, ctx, release_id)
        changes = tuple(dict.fromkeys((*before.changes, wanted)))
        return updated(ctx, before, rules.regrouped(before, changes))

    return await perform(db, ctx, decide, guard=nowhere_else(ctx, release_id, (wanted,)))


async def remove(db: Database, ctx: Context, reference: str, member: str) -> Answer:
    """Take a change out; raises Missing where it is not in the release."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        found = await refer(db, ctx, member)
        kept = tuple(each for each in before.changes if found is None or each.id != found.id)
        if kept == before.changes:
            raise Missing("change in this release")
        return updated(ctx, before, rules.regrouped(before, kept))

    return await perform(db, ctx, decide)


async def transition(db: Database, ctx: Context, reference: str, to: Status, reason: str | None) -> Answer:
    """Move a release; its changes stay where they were judged until that is stored."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        changes = await grouped_changes(db, ctx, before) if to in rules.NEEDED else []
        after = rules.move(before, to, reason, changes, ctx.now)
        works, answer = written(ctx, "update", after, EVENTS[to])
        return [*works, *(held(ctx, each) for each in changes)], answer

    return await perform(db, ctx, decide)


async def current(db: Database, ctx: Context, reference: str) -> Release:
    """The release as it is now; Missing, or Stale where it has moved on."""
    found = await find_release(db, ctx, reference)
    if found is None:
        raise Missing("release")
    if ctx.expected not in (None, found.version):
        raise Stale(found.version)
    return found


async def addable(db: Database, ctx: Context, reference: str, pointer: str) -> Grouped:
    """A change that a release may group; Invalid where there is none, Refused where it has ended."""
    found = await refer(db, ctx, reference)
    if found is None:
        sentence = f"There is no change {reference}."
        raise Invalid("unknown_change", sentence, (FieldError(pointer, "unknown_change", sentence),))
    if found.status in ENDED:
        sentence = f"{found.number} is {found.status}: a release groups what is still to be deployed."
        raise Refused("change_ended", sentence, (FieldError(pointer, "change_ended", sentence),))
    return Grouped(found.id, found.number)


def nowhere_else(ctx: Context, release_id: str, changes: Sequence[Grouped]) -> Guard:
    """Refused where another release that has not ended groups one of them, however close the race."""

    async def check(conn: "Connection[Any]") -> None:
        ids = [UUID(each.id) for each in changes]
        await conn.execute(ALONE, ctx.tenant, ids)
        rows = await conn.fetch(ELSEWHERE, ctx.tenant, UUID(release_id), ids)
        found = [
            FieldError("", "in_another_release", f"{each.number} is in {row['number']} already.")
            for row in rows
            for each in changes
            if UUID(each.id) in row["change_ids"]
        ]
        if found:
            sentence = " ".join(each.message for each in found)
            raise Refused("in_another_release", f"{sentence} Take it out there first.", tuple(found))

    return check


def held(ctx: Context, each: Change) -> Work:
    """The change must still be as it was read, until the commit."""
    return Work("hold", [], change, UUID(each.id), ctx.tenant, None, each.version)


def updated(ctx: Context, before: Release, after: Release | None) -> Decision:
    """The decision to store an edit; where nothing changed, to answer."""
    if after is None:
        return [], Answer(200, rules.write(before), before.version)
    return written(ctx, "update", after, said.ReleaseUpdated)


def written(
    ctx: Context, mode: Literal["insert", "update"], state: Release, event: type[said.ReleaseEvent]
) -> Decision:
    """The decision to store a state and to say what happened."""
    identity, card = UUID(state.id), rules.write(state)
    ids = [UUID(each.id) for each in state.changes]
    values: dict[str, Any] = {"id": identity, "tenant": ctx.tenant, "card": card, "change_ids": ids}
    values |= {c.name: getattr(state, c.name) for c in release.columns if c.name not in values}
    data = asdict(state) | {"changes": [each._asdict() for each in state.changes]}
    happened = fact(ctx, SOURCE, event.model_validate(data), subject=identity, sequence=state.version)
    work = Work(mode, [happened], release, identity, ctx.tenant, values, state.version - 1)
    place = f"/v1/releases/{identity}" if mode == "insert" else None
    return [work], Answer(201 if place else 200, card, state.version, place)

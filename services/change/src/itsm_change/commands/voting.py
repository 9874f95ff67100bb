"""Voting, and what a decided step does to its change."""

import json
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid, Missing
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work
from itsm_events import opaque

from itsm_change.commands import approving
from itsm_change.commands.recording import changed
from itsm_change.rules import approval as rules
from itsm_change.rules import card
from itsm_change.rules.approval import Step, Vote
from itsm_change.rules.change import Change, Event
from itsm_change.rules.lifecycle import Transition, enter
from itsm_change.tables import approval, cab_meeting, change
from itsm_change.tables.finding import asking, delegations, left, steps_of


async def vote(
    db: Database,
    ctx: Context,
    identity: UUID,
    decision: rules.Decision,
    comment: str | None,
    voter: str | None,
    meeting: UUID | None,
) -> Answer:
    """Cast a vote, one's own or as a delegate; what it decides happens in the same commit.

    `voter` is a person's key or opaque id.
    """

    async def decide() -> Decision:
        step, state = await pending(db, ctx, identity)
        rules.refuse_late(step, ctx.now)
        me = opaque(ctx.tenant, ctx.actor)
        wanted = voter if voter is None or voter in step.voters else opaque(ctx.tenant, voter)
        standing_in = await delegations(db, ctx, me)
        own = await asking(db, ctx, state)
        name = rules.voice(step, me, own, standing_in, wanted, ctx.now)
        rules.refuse_left(await left(db, ctx, [me, name]))
        if meeting is not None:
            await on_the_agenda(db, ctx, meeting, step)
        cast = Vote(name, me, decision, ctx.now, comment, str(meeting) if meeting else None)
        what, after = rules.cast(step, cast)
        events, works = await followed(db, ctx, state, what, after)
        moved = [changed(ctx, events)] if events else []
        shown = json.dumps(after.form(), ensure_ascii=False)
        answer = Answer(200, shown, after.version)
        return [*moved, approving.stepped(ctx, what, after), *works], answer

    return await perform(db, ctx, decide)


async def pending(db: Database, ctx: Context, identity: UUID) -> tuple[Step, Change]:
    """A step and its change."""
    found = await load(db, approval, ctx.tenant, identity)
    if found is None:
        raise Missing("approval")
    step = Step.of(json.loads(found.text))
    owner = await load(db, change, ctx.tenant, UUID(step.change_id))
    if owner is None:
        raise Missing("change")
    return step, card.read(owner.text)


async def followed(
    db: Database, ctx: Context, state: Change, what: rules.What, step: Step
) -> tuple[Sequence[Event], list[Work]]:
    """What a step that was decided does to its change, and to the other steps."""
    if what == "accepted" and step.following:
        return [], [await approving.started(db, ctx, state, step.step + 1, step.following)]
    if what == "accepted":
        return [approving.authorized(state, ctx)], []
    if what in ("refused", "expired"):
        sentence = f"The approval of {step.group} was refused."
        if what == "expired":
            sentence = f"The approval of {step.group} was not given in time."
        others = [each for each in await steps_of(db, ctx, state.id) if each.id != step.id]
        reason = (step.votes[-1].comment if step.votes and what == "refused" else None) or sentence
        rejected = enter(state, Transition("new", reason=reason), ctx.now, ctx.now)
        return [rejected], approving.voided(ctx, others)
    return [], []


async def on_the_agenda(db: Database, ctx: Context, meeting: UUID, step: Step) -> None:
    """Invalid where no meeting of the group that has begun talks about the change."""
    found = await load(db, cab_meeting, ctx.tenant, meeting)
    form = json.loads(found.text) if found else None
    sentence = None
    if form is None or form["status"] == "cancelled" or step.change_id not in form["agenda"]:
        sentence = "There is no such meeting with this change on its agenda."
    elif form["group"] != step.group:
        sentence = f"That meeting is of {form['group']}; this step asks {step.group}."
    elif datetime.fromisoformat(form["starts_at"]) > ctx.now:
        sentence = "That meeting has not begun: vote without meeting_id, or in it."
    if sentence is not None:
        raise Invalid("unknown_meeting", sentence, (FieldError("/meeting_id", "unknown_meeting", sentence),))

"""Fulfilment tasks: who does them, and that they are done; the last one fulfils the request."""

from collections.abc import Mapping

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform

from itsm_catalog.commands.requests import offers
from itsm_catalog.commands.requests.finding import request_of, tasks_of
from itsm_catalog.commands.requests.recording import REQUEST, TASK, answer, held, task_from, work
from itsm_catalog.rules.requests import fulfilment, lifecycle
from itsm_catalog.rules.requests.lifecycle import Transition
from itsm_catalog.tables.request_sight import find_task


async def assign(db: Database, ctx: Context, identity: str, given: Mapping[str, str | None]) -> Answer:
    """Change who does it: the group, the person or both; an absent one stays, null takes a person away."""

    async def decide() -> Decision:
        task = task_from((await find_task(db, ctx, identity)).text)
        event = fulfilment.assigned(task, given, ctx.now)
        if event is None:
            return [], answer(task)
        return [work(ctx, TASK, [event])], answer(event.state)

    return await perform(db, ctx, decide)


async def complete(db: Database, ctx: Context, identity: str, note: str | None) -> Answer:
    """Do a task; those that waited for it open, and the last one fulfils the request, in the same commit.

    The other tasks and the request are held as they were read: two last ones at once cannot miss each other.
    The note stays with the task: a request's is read by its requester.
    """

    async def decide() -> Decision:
        task = task_from((await find_task(db, ctx, identity)).text)
        request = await request_of(db, ctx, task)
        if task.status in fulfilment.OPEN and request.status != "in_fulfilment":
            raise Refused(
                "request_not_in_fulfilment", f"The request is {request.status}: no task is done now."
            )
        tasks = await tasks_of(db, ctx, request)
        events = fulfilment.completed(tasks, task.key, ctx.actor, note, ctx.now)
        after = {each.id: each for each in tasks} | {event.state.id: event.state for event in events}
        moved = {event.state.id for event in events}
        stored = [work(ctx, TASK, [event]) for event in events]
        stored += [held(ctx, TASK, each) for each in tasks if each.id not in moved]
        stored.sort(key=lambda each: str(each.id))  # one order of locks for every writer
        if fulfilment.all_done(after.values()):
            asked = Transition("fulfilled", fulfilment_note=f"{task.name}: done.")
            calendar = await offers.counting(db, ctx, request)
            stored.append(work(ctx, REQUEST, lifecycle.move(request, asked, ctx.now, calendar)))
        else:
            stored.append(held(ctx, REQUEST, request))
        return stored, answer(after[task.id])

    return await perform(db, ctx, decide)

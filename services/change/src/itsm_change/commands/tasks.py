"""Tasks of a change."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.errors import Missing, Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work, fact
from itsm_events import change_task as said

from itsm_change.commands.recording import SOURCE
from itsm_change.rules import card
from itsm_change.rules.change import ENDED
from itsm_change.tables import change_task
from itsm_change.tables.finding import find

DONE: Final[dict[str, type[said.ChangeTaskEvent]]] = {
    "done": said.ChangeTaskCompleted,
    "cancelled": said.ChangeTaskCancelled,
}
EMPTY: Final = {"assignment_group": None, "assignee": None, "status": "open", "ended_at": None}


async def open_task(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Open a task of a change that has not ended."""

    async def decide() -> Decision:
        change = card.read((await find(db, ctx, reference)).text)
        if change.status in ENDED:
            raise Refused("record_ended", f"The change is {change.status}: it gets no more tasks.")
        form = {"id": str(new_id()), "change_id": change.id, "version": 1} | EMPTY | dict(given)
        form["opened_at"] = text(ctx.now)
        return written(ctx, "insert", said.ChangeTaskOpened, form)

    return await perform(db, ctx, decide)


async def edit(
    db: Database, ctx: Context, reference: str, identity: UUID, given: Mapping[str, Any]
) -> Answer:
    """Change fields of a task (a merge patch); done and cancelled end it, until it is opened again."""

    async def decide() -> Decision:
        change = card.read((await find(db, ctx, reference)).text)
        found = await load(db, change_task, ctx.tenant, identity)
        before: dict[str, Any] = json.loads(found.text) if found else {}
        if before.get("change_id") != change.id:
            raise Missing("task")
        if ctx.expected not in (None, before["version"]):
            raise Stale(before["version"])
        form = before | dict(given)
        if form == before:
            return [], Answer(200, json.dumps(form, ensure_ascii=False), form["version"])
        ended = form["status"] in DONE
        form |= {"version": before["version"] + 1, "ended_at": text(ctx.now) if ended else None}
        event = said.ChangeTaskUpdated
        if form["status"] != before["status"]:
            return written(ctx, "update", DONE.get(form["status"], event), form)
        form["ended_at"] = before["ended_at"]
        return written(ctx, "update", event, form)

    return await perform(db, ctx, decide)


def written(
    ctx: Context, mode: Literal["insert", "update"], event: type[said.ChangeTaskEvent], form: dict[str, Any]
) -> Decision:
    """The decision to store a task and to state what has happened to it."""
    identity, owner = UUID(form["id"]), UUID(form["change_id"])
    body = json.dumps(form, ensure_ascii=False)
    values: dict[str, Any] = {
        name: form[name] for name in ("version", "status", "assignment_group", "assignee")
    }
    values |= {"id": identity, "tenant": ctx.tenant, "card": body, "change_id": owner}
    spoken = event.model_validate(form | {"change": form["change_id"]})
    values["opened_at"] = spoken.opened_at
    happened = fact(ctx, SOURCE, spoken, subject=identity, sequence=form["version"], record=owner)
    work = Work(mode, [happened], change_task, identity, ctx.tenant, values, form["version"] - 1)
    place = f"/v1/changes/{owner}/tasks/{identity}" if mode == "insert" else None
    return [work], Answer(201 if place else 200, body, form["version"], place)

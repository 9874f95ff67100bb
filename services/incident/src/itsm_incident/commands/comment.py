"""Comments: said by anybody who sees the incident; the caller's may move it."""

import json
from typing import Any
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work, fact
from itsm_events.comment import CommentAdded

from itsm_incident.commands.family import follow_up_of
from itsm_incident.commands.recording import NUMBERS, SOURCE, added, changed
from itsm_incident.rules import access, card, lifecycle, opening, replies
from itsm_incident.rules.incident import Incident
from itsm_incident.tables import find


def spoken(ctx: Context, incident: str, body: str, visibility: str) -> tuple[Work, dict[str, Any]]:
    """The comment as a fact of its own, and as it is shown."""
    comment = new_id()
    values = {"record": incident, "record_type": "incident", "visibility": visibility}
    said = CommentAdded.model_validate(values | {"author": ctx.actor, "body": body})
    work = Work("say", [fact(ctx, SOURCE, said, subject=comment, sequence=1, record=UUID(incident))])
    shown = {"id": str(comment), "incident_id": incident, "author": ctx.actor, "visibility": visibility}
    return work, shown | {"body": body, "created_at": text(ctx.now), "imported": False}


async def comment(db: Database, ctx: Context, reference: str, body: str, visibility: str) -> Answer:
    """Add a comment. The caller's resumes an incident that waits for them; on a closed one it opens a new
    incident, or joins the one that an earlier reply has opened, and the answer's `incident_id` is that one.
    """
    access.may_say(ctx.roles, visibility)

    async def decide() -> Decision:
        incident = card.read((await find(db, ctx, reference)).text)
        moved, home = await effects(db, ctx, incident, body, visibility)
        said, shown = spoken(ctx, home, body, visibility)
        place = f"/v1/incidents/{home}/comments/{shown['id']}"
        return [*moved, said], Answer(201, json.dumps(shown, ensure_ascii=False), 1, place)

    return await perform(db, ctx, decide)


async def effects(
    db: Database, ctx: Context, incident: Incident, body: str, visibility: str
) -> tuple[list[Work], str]:
    """What the comment changes beside being said, and the incident that it belongs to."""
    match replies.effect(incident, ctx.actor, visibility):
        case "resume":
            event = lifecycle.move(incident, lifecycle.Transition("in_progress"), ctx.now)
            return [changed(ctx, [event])], incident.id
        case "follow":
            if (going_on := await follow_up_of(db, ctx, incident)) is not None:
                return await effects(db, ctx, going_on, body, visibility)
            number = await NUMBERS.next(db)
            event = opening.following(incident, body, str(new_id()), number, ctx.now)
            return [added(ctx, event)], event.state.id
        case _:
            return [], incident.id

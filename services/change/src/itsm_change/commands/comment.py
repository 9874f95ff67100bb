"""Comments: said by anybody who sees the change."""

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

from itsm_change.commands.recording import SOURCE
from itsm_change.rules import access, card
from itsm_change.tables.finding import find


def spoken(ctx: Context, change: str, body: str, visibility: str) -> tuple[Work, dict[str, Any]]:
    """The comment as a fact of its own, and as it is shown."""
    comment = new_id()
    values = {"record": change, "record_type": "change", "visibility": visibility}
    said = CommentAdded.model_validate(values | {"author": ctx.actor, "body": body})
    work = Work("say", [fact(ctx, SOURCE, said, subject=comment, sequence=1, record=UUID(change))])
    shown = {"id": str(comment), "change_id": change, "author": ctx.actor, "visibility": visibility}
    return work, shown | {"body": body, "created_at": text(ctx.now)}


async def comment(db: Database, ctx: Context, reference: str, body: str, visibility: str) -> Answer:
    """Add a comment."""
    access.may_say(ctx.roles, visibility)

    async def decide() -> Decision:
        change = card.read((await find(db, ctx, reference)).text)
        work, shown = spoken(ctx, change.id, body, visibility)
        place = f"/v1/changes/{change.id}/comments/{shown['id']}"
        return [work], Answer(201, json.dumps(shown, ensure_ascii=False), 1, place)

    return await perform(db, ctx, decide)

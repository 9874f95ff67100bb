"""Comments: said by anybody who sees the request; the requester's may move it."""

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

from itsm_catalog.commands.requests import offers
from itsm_catalog.commands.requests.recording import PLACE, REQUEST, SOURCE, request_from, work
from itsm_catalog.rules.requests import access, lifecycle
from itsm_catalog.rules.requests.lifecycle import Transition
from itsm_catalog.tables.request_sight import find_request


def spoken(ctx: Context, request: str, body: str, visibility: str) -> tuple[Work, dict[str, Any]]:
    """The comment as a fact of its own, and as it is shown."""
    comment = new_id()
    values = {"record": request, "record_type": "service_request", "visibility": visibility}
    said = CommentAdded.model_validate(values | {"author": ctx.actor, "body": body})
    stored = Work("say", [fact(ctx, SOURCE, said, subject=comment, sequence=1, record=UUID(request))])
    shown = {"id": str(comment), "request_id": request, "author": ctx.actor, "visibility": visibility}
    return stored, shown | {"body": body, "created_at": text(ctx.now), "imported": False}


async def comment(db: Database, ctx: Context, reference: str, body: str, visibility: str) -> Answer:
    """Add a comment. The requester's public one resumes a request that waits for them."""
    access.may_say(ctx.roles, visibility)

    async def decide() -> Decision:
        request = request_from((await find_request(db, ctx, reference)).text)
        stored: list[Work] = []
        waits = request.status == "on_hold" and request.hold_reason == "requester"
        if waits and visibility == "public" and access.owns(ctx.actor, request):
            calendar = await offers.counting(db, ctx, request)
            events = lifecycle.move(request, Transition("in_fulfilment"), ctx.now, calendar)
            stored.append(work(ctx, REQUEST, events))
        said, shown = spoken(ctx, str(request.id), body, visibility)
        place = f"{PLACE}/{request.id}/comments/{shown['id']}"
        return [*stored, said], Answer(201, json.dumps(shown, ensure_ascii=False), 1, place)

    return await perform(db, ctx, decide)

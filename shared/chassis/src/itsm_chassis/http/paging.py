"""Pages of a timeline or of anything else that goes on from a place: see `store.timeline`."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse, Response

from itsm_chassis.http import cursor as cursors
from itsm_chassis.store.context import Context
from itsm_chassis.store.timeline import Place

Limit = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=2048)]


class HappeningOut(BaseModel):
    """One event of a timeline: `time` is when it happened, `recorded_at` when it was stored."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    type: str
    subject: UUID
    sequence: int
    time: datetime
    recorded_at: datetime
    actor: str
    imported: bool
    data: dict[str, Any]


def question(request: Request, ctx: Context) -> str:
    """What a cursor is bound to: whose view of which page."""
    return f"{ctx.tenant} {ctx.actor} {request.scope['path']}"


def begin(request: Request, ctx: Context, sealed: str | None) -> Place | None:
    """The place behind a cursor; Invalid where it is none of ours, or another page's."""
    if sealed is None:
        return None
    key: bytes = request.app.state.cursor_key
    moment, identity = cursors.unseal(key, question(request, ctx), sealed)
    return datetime.fromisoformat(moment), UUID(identity)


def paged(
    request: Request, ctx: Context, limit: int, items: list[dict[str, Any]], place: Place | None
) -> Response:
    """A page, and the way to the next one in the body and as a Link."""
    if place is None:
        return JSONResponse({"items": items, "next": None})
    key: bytes = request.app.state.cursor_key
    values = [place[0].isoformat(), str(place[1])]
    after = cursors.seal(key, question(request, ctx), values)
    link = f'<{quote(request.scope["path"])}?limit={limit}&cursor={after}>; rel="next"'
    return JSONResponse({"items": items, "next": after}, headers={"Link": link})

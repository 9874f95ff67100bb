"""`GET /v1/events`: what this service has said, in order, for those without a broker client."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement
from starlette.responses import Response, StreamingResponse

from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.feed_reader import Reader, Said
from itsm_chassis.http.live import Live, stream
from itsm_chassis.http.parameters import CURSOR, LIMIT, parameter
from itsm_chassis.http.query import read_limit, wrong
from itsm_chassis.store.context import Context

FeedScope = Callable[[Context], ColumnElement[bool] | None]
"""The condition on the event table that restricts what a caller's feed shows; None shows all.

It may use the binds `:tenant` and `:actor`. Return the same object each time: statements are kept by it.
"""

EVENT_STREAM = "text/event-stream"
DOCUMENTED: dict[str, Any] = {
    "parameters": [
        parameter("after", "`next` of an earlier page, or the id of an event of the stream", CURSOR),
        parameter("limit", "Events per page", LIMIT),
        parameter("type", "Only events of this type", {"type": "string", "maxLength": 120}),
        parameter("count", "Also count all events that match", {"type": "string", "enum": ["exact"]}),
    ],
    "responses": {"200": {"content": {EVENT_STREAM: {"schema": {"type": "string"}}}}},
}
KNOWN = frozenset({"after", "limit", "type", "count"})


class Feed(BaseModel):
    """A page of events."""

    items: list[dict[str, Any]] = Field(description="CloudEvents 1.0, as they went over the bus, in order.")
    next: str = Field(description="Pass it as after= for what comes next; always given.")
    count: int | None = Field(None, description="All events that match, only with count=exact.")


def router(scope: FeedScope | None, live: Live) -> APIRouter:
    """The feed of one service."""
    made = APIRouter(prefix="/v1", tags=["events"])

    @made.get("/events", operation_id="read_events", response_model=Feed, openapi_extra=DOCUMENTED)
    async def read_events(request: Request, ctx: Call, db: Db) -> Response:
        """Events of the caller's tenant after a cursor, oldest first, or live as `text/event-stream`.

        Without `after` a page starts at the very first event and a stream with what comes from now on.
        A stream takes `Last-Event-ID` in place of `after`, and ends after 15 minutes: reconnect with it.
        """
        asked = parameters(request)
        narrowed = scope(ctx) if scope else None
        reader = Reader(db, ctx, narrowed, asked.get("type"), request.app.state.cursor_key)
        if EVENT_STREAM in request.headers.get("accept", ""):
            name = "Last-Event-ID" if "last-event-id" in request.headers else "after"
            given = request.headers.get("last-event-id") or asked.get("after")
            begin = reader.position(given, name) if given else await reader.last()
            return StreamingResponse(stream(reader, begin, live), media_type=EVENT_STREAM)
        begin = reader.position(asked["after"], "after") if "after" in asked else 0
        said = await reader.after(begin, read_limit(asked.get("limit")))
        following = reader.cursor(said[-1].position if said else begin)
        count = await reader.count() if "count" in asked else None
        return Response(page(said, following, count), media_type="application/json")

    return made


def parameters(request: Request) -> dict[str, str]:
    """The query string, nothing unknown or repeated in it."""
    asked: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if name not in KNOWN:
            raise wrong(
                name, "unknown_parameter", f"is not known here. Known are: {', '.join(sorted(KNOWN))}"
            )
        if name in asked:
            raise wrong(name, "parameter_repeated", "was given more than once")
        asked[name] = text
    if asked.get("count", "exact") != "exact":
        raise wrong("count", "invalid_parameter", "must be exact")
    return asked


def page(said: list[Said], following: str, count: int | None) -> str:
    """The page's JSON; the envelopes are the very texts that were published."""
    counted = "" if count is None else f',"count":{count}'
    return f'{{"items":[{",".join(e.envelope for e in said)}],"next":{json.dumps(following)}{counted}}}'

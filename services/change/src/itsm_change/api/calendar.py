"""The change calendar: changes, freezes and maintenance, also as a feed for calendar programs."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from itsm_chassis.auth.links import Links, named
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Linked, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import JSON, respond
from itsm_chassis.http.texts import Name
from pydantic_core import to_json
from starlette.responses import Response

from itsm_change.api.moments import Moment, period
from itsm_change.api.outgoing import Out
from itsm_change.commands import links
from itsm_change.queries import calendar, feed, own_link
from itsm_change.queries.calendar import Wanted
from itsm_change.rules.change import ChangeType
from itsm_change.tables import calendar_link

PLACE: Final = "/v1/change-calendar"
LISTING: Final = Listing(
    calendar_link,
    filters=("revoked", "created_at"),
    sorts=("created_at",),
    scopes={"own": own_link},
    default_sort="-created_at",
)
Filter = Annotated[str | None, Query(max_length=200)]

router = APIRouter(prefix=PLACE, tags=["change calendar"])
feeds = APIRouter(tags=["change calendar"])


class EntryOut(Out):
    """One thing that happens; `reference` is a change's number, or the key of a window or freeze."""

    kind: Literal["change", "freeze", "maintenance"]
    id: UUID
    reference: str
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str
    change_type: ChangeType | None
    services: list[str]
    configuration_items: list[str]


class CalendarOut(Out):
    """Everything that happens, in order; what recurs once for each occurrence."""

    items: list[EntryOut]


class LinkIn(StrictModel):
    """What the link shows; everything that its maker sees, unless it is narrowed."""

    service: Name | None = None
    configuration_item: Name | None = None
    change_type: ChangeType | None = None


class LinkOut(Out):
    """A link, without what opens it."""

    id: UUID
    version: int
    person: str
    roles: list[str]
    service: str | None
    configuration_item: str | None
    change_type: ChangeType | None
    revoked: bool
    created_at: datetime


class NewLinkOut(LinkOut):
    """A link; `path` is its address at this service, and as secret as a password."""

    path: str


@router.get("", operation_id="read_change_calendar", response_model=CalendarOut)
async def read_change_calendar(
    ctx: Call,
    db: Db,
    since: Annotated[Moment, Query(alias="from")],
    to: Annotated[Moment, Query()],
    service: Filter = None,
    configuration_item: Filter = None,
    change_type: Annotated[ChangeType | None, Query()] = None,
) -> Response:
    """What happens in [from, to): planned changes but cancelled ones, freezes, maintenance."""
    wanted = Wanted(period(since, to, "to"), service, configuration_item, change_type)
    found = await calendar.entries(db, ctx, wanted)
    return Response(to_json({"items": [asdict(each) for each in found]}), 200, media_type=JSON)


@router.post("/links", operation_id="make_calendar_link", status_code=201, response_model=NewLinkOut)
async def make_calendar_link(body: LinkIn, request: Request, ctx: Call, db: Db) -> Response:
    """A link of your own, which a calendar program reads without a token."""
    answer = await links.make(db, ctx, body.model_dump())
    made = json.loads(answer.body)
    signing: Links = request.app.state.links
    made["path"] = f"{PLACE}.ics?token={signing.token(ctx.tenant, UUID(made['id']))}"
    return respond(replace(answer, body=json.dumps(made, ensure_ascii=False)))


@router.get(
    "/links",
    operation_id="list_calendar_links",
    response_model=Page[LinkOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_calendar_links(request: Request, ctx: Call, db: Db) -> Response:
    """Your own, the newest first."""
    return await LISTING.page(db, ctx, request, scope="own")


@router.post("/links/{link}/revoke", operation_id="revoke_calendar_link", response_model=LinkOut)
async def revoke_calendar_link(link: UUID, ctx: Versioned, db: Db) -> Response:
    """From now on it opens nothing."""
    return respond(await links.revoke(db, ctx, link))


@feeds.get(
    f"{PLACE}.ics",
    operation_id="read_calendar_feed",
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
    response_class=Response,
)
async def read_calendar_feed(ctx: Linked, db: Db, token: Annotated[str, Query(max_length=1000)]) -> Response:
    """iCalendar, of a month before and half a year to come, for whoever has the link."""
    filters = await feed.filters_of(db, ctx, named(token)[1])
    return Response(await feed.feed(db, ctx, filters), 200, media_type="text/calendar")

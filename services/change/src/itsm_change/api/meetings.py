"""Meetings of a change advisory board."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Words
from pydantic import Field
from starlette.responses import Response

from itsm_change import queries
from itsm_change.api.incoming import ABSENT
from itsm_change.api.outgoing import Out
from itsm_change.commands import meetings
from itsm_change.tables import cab_meeting

LISTING: Final = Listing(
    cab_meeting, filters=("group", "status", "starts_at"), sorts=("starts_at",), default_sort="starts_at"
)

router = APIRouter(prefix="/v1/cab-meetings", tags=["cab meetings"])

Agenda = Annotated[list[Name], Field(max_length=200)]


class MeetingIn(StrictModel):
    """A meeting; its agenda names changes in authorize, by id or number."""

    group: Name
    starts_at: datetime
    ends_at: datetime
    agenda: Agenda = Field(default_factory=list)


class MeetingPatch(StrictModel):
    """A merge patch; once it was held or cancelled only the minutes can change."""

    starts_at: datetime = ABSENT
    ends_at: datetime = ABSENT
    agenda: Agenda = ABSENT
    status: Literal["held", "cancelled"] = ABSENT
    minutes: Words | None = None


class MeetingOut(Out):
    """A meeting; the agenda holds the ids of changes. Votes are cast at /v1/approvals with its meeting_id."""

    id: UUID
    version: int
    group: str
    starts_at: datetime
    ends_at: datetime
    status: Literal["planned", "held", "cancelled"]
    agenda: list[UUID]
    minutes: str | None


@router.post("", operation_id="call_meeting", status_code=201, response_model=MeetingOut)
async def call_meeting(body: MeetingIn, ctx: Call, db: Db) -> Response:
    """Call a meeting."""
    return respond(await meetings.call(db, ctx, body.model_dump()))


@router.patch("/{meeting_id}", operation_id="edit_meeting", response_model=MeetingOut)
async def edit_meeting(meeting_id: UUID, body: MeetingPatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch."""
    return respond(await meetings.edit(db, ctx, str(meeting_id), body.model_dump(exclude_unset=True)))


@router.get("/{meeting_id}", operation_id="read_meeting", response_model=MeetingOut)
async def read_meeting(meeting_id: UUID, ctx: Call, db: Db) -> Response:
    """A meeting with its minutes."""
    return card(await queries.named(db, ctx, cab_meeting, str(meeting_id), "id"))


@router.get(
    "",
    operation_id="list_meetings",
    response_model=Page[MeetingOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_meetings(request: Request, ctx: Call, db: Db) -> Response:
    """The earliest first by default."""
    return await LISTING.page(db, ctx, request)

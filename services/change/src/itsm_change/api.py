"""HTTP alone: what may be sent, what comes back, who may do it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import ROLES, is_staff
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Title, Words
from pydantic import BaseModel
from starlette.responses import Response

from itsm_change import commands, queries
from itsm_change.rules import ChangeType, Status
from itsm_change.tables import change

PERMISSIONS: Final = {
    "request_change": ROLES,
    "list_changes": ROLES,
    "read_change": ROLES,
}

LISTING: Final = Listing(
    change,
    filters=("number", "change_type", "status", "service", "requester", "requested_at"),
    sorts=("requested_at", "number"),
    search=("title", "number"),
    scopes={"own": queries.own},
    default_sort="-requested_at",
)


class NewChange(StrictModel):
    """A change to be asked for."""

    title: Title
    change_type: ChangeType
    description: Words | None = None
    service: Name | None = None
    requester: Name | None = None


class ChangeOut(BaseModel):
    """A change; every field is always there."""

    id: UUID
    number: str
    version: int
    title: str
    description: str | None
    change_type: ChangeType
    status: Status
    service: str | None
    requester: str
    requested_at: datetime


router = APIRouter(prefix="/v1/changes", tags=["changes"])


@router.post("", operation_id="request_change", status_code=201, response_model=ChangeOut)
async def request_change(body: NewChange, ctx: Call, db: Db) -> Response:
    """Ask for a change; the requester is you by default, and for a requester nobody else."""
    return respond(await commands.request(db, ctx, body.model_dump(exclude_unset=True)))


@router.get("/{reference}", operation_id="read_change", response_model=ChangeOut)
async def read_change(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (CHG-000123)."""
    return card(await queries.read(db, ctx, reference))


@router.get(
    "",
    operation_id="list_changes",
    response_model=Page[ChangeOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_changes(request: Request, ctx: Call, db: Db) -> Response:
    """Newest first by default; requesters find only their own."""
    return await LISTING.page(db, ctx, request, scope=None if is_staff(ctx.roles) else "own")

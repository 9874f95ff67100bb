"""Groups: who works on what, who approves, who sits on the change advisory board."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.importing import LINES, RESULTS, Streamed
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from itsm_events.group import Purpose
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from itsm_catalog import queries
from itsm_catalog.api.directory import understood
from itsm_catalog.api.key import ABSENT, Key, PersonKey
from itsm_catalog.commands import directory
from itsm_catalog.commands.directory_import import Chunk
from itsm_catalog.commands.entries import GROUPS
from itsm_catalog.queries import people
from itsm_catalog.tables import people_group

LISTING: Final = Listing(
    people_group,
    filters=(
        "key",
        "business_unit",
        "lead",
        "assignment",
        "approval",
        "cab",
        "active",
        "registered_at",
        "updated_at",
    ),
    sorts=("name", "key", "registered_at", "updated_at"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1", tags=["groups"])


class GroupDetails(StrictModel):
    """What can be told about a group at any time; its people need not be known yet."""

    purposes: Annotated[list[Purpose], Field(max_length=10)] = ABSENT
    business_unit: Name | None = None
    lead: PersonKey | None = None
    members: Annotated[list[PersonKey], Field(max_length=2000)] = ABSENT
    active: bool = ABSENT


class NewGroup(GroupDetails):
    """A group."""

    key: Key
    name: Name


class GroupPatch(GroupDetails):
    """A merge patch (RFC 7396); `members` and `purposes` are given as a whole."""

    name: Name = ABSENT


class GroupOut(BaseModel):
    """A group; purposes and members in alphabetical order."""

    id: UUID
    key: str
    version: int
    name: str
    purposes: list[Purpose]
    business_unit: str | None
    lead: str | None
    members: list[str]
    active: bool
    registered_at: datetime
    updated_at: datetime


class Groups(BaseModel):
    """Some groups."""

    items: list[GroupOut]


class Member(BaseModel):
    """A member: `known` once registered, `active` until deactivated, and who stands in for them now."""

    person: str
    name: str | None
    known: bool
    active: bool
    delegate: str | None


class MemberList(BaseModel):
    """All members; there are never so many as to need pages."""

    items: list[Member]


@router.post("/groups", operation_id="register_group", status_code=201, response_model=GroupOut)
async def register_group(body: NewGroup, ctx: Call, db: Db) -> Response:
    """Register a group with its members."""
    return respond(await directory.register(db, ctx, GROUPS, body.model_dump(exclude_unset=True)))


@router.post(
    "/groups:import",
    operation_id="import_groups",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_groups(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One group per line, as for registering; results as for people."""
    return Streamed(ctx, Chunk(db, GROUPS, understood(NewGroup), dry_run).carry_out)


@router.get("/groups/{reference}", operation_id="read_group", response_model=GroupOut)
async def read_group(reference: str, ctx: Call, db: Db) -> Response:
    """By id or key."""
    return card(await queries.read(db, ctx, people_group, reference))


@router.get("/groups/{reference}/members", operation_id="list_members", response_model=MemberList)
async def list_members(reference: str, ctx: Call, db: Db) -> Response:
    """Each member, whether they are known and active, and who stands in for them now."""
    return JSONResponse({"items": await people.members(db, ctx, reference)})


@router.patch("/groups/{reference}", operation_id="edit_group", response_model=GroupOut)
async def edit_group(reference: str, body: GroupPatch, ctx: Versioned, db: Db) -> Response:
    """`active: false` deactivates: the group works and votes no more."""
    return respond(await directory.edit(db, ctx, GROUPS, reference, body.model_dump(exclude_unset=True)))


@router.get(
    "/groups",
    operation_id="list_groups",
    response_model=Page[GroupOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_groups(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default; `approval=true` finds those that approve."""
    return await LISTING.page(db, ctx, request)

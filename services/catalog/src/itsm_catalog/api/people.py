"""People: who there is, and who stands in for whom."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.importing import LINES, RESULTS, Streamed
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from pydantic import BaseModel, StringConstraints
from starlette.responses import JSONResponse, Response

from itsm_catalog.api.directory import understood
from itsm_catalog.api.groups import GroupOut, Groups
from itsm_catalog.api.key import ABSENT, PersonKey
from itsm_catalog.commands import directory
from itsm_catalog.commands.directory_import import Chunk
from itsm_catalog.commands.entries import PEOPLE
from itsm_catalog.queries import people
from itsm_catalog.tables import colleague, person

Email = Annotated[str, StringConstraints(max_length=320, pattern=r"^[^\s@\x00]+@[^\s@\x00]+$")]

FILTERS: Final = (
    "key",
    "business_unit",
    "manager",
    "location",
    "active",
    "delegate",
    "registered_at",
    "updated_at",
)
SORTS: Final = ("name", "key", "registered_at", "updated_at")
STAFF: Final = Listing(
    person, filters=FILTERS, sorts=SORTS, search=("name", "key", "email"), default_sort="name"
)
REQUESTERS: Final = Listing(
    colleague, filters=FILTERS, sorts=SORTS, search=("name", "key"), default_sort="name"
)
"""They see no address of others, so they cannot search for one either."""

router = APIRouter(tags=["people"])


class PersonDetails(StrictModel):
    """What can be told about somebody at any time; keys of others need not be known yet."""

    email: Email | None = None
    business_unit: Name | None = None
    manager: PersonKey | None = None
    location: Name | None = None
    active: bool = ABSENT
    delegate: PersonKey | None = None
    delegate_from: datetime | None = None
    delegate_until: datetime | None = None


class NewPerson(PersonDetails):
    """Somebody; the key is the subject of their token."""

    key: PersonKey
    name: Name


class PersonPatch(PersonDetails):
    """A merge patch (RFC 7396); a delegate of null takes the period along."""

    name: Name = ABSENT


class PersonOut(BaseModel):
    """Somebody; requesters see nobody's e-mail address but their own."""

    id: UUID
    key: str
    version: int
    name: str
    email: str | None
    business_unit: str | None
    manager: str | None
    location: str | None
    active: bool
    delegate: str | None
    delegate_from: datetime | None
    delegate_until: datetime | None
    registered_at: datetime
    updated_at: datetime


class Me(BaseModel):
    """The caller: `person` is null until somebody registers them; `business_units` go upwards."""

    id: UUID
    key: str
    roles: list[str]
    person: PersonOut | None
    business_units: list[str]
    groups: list[GroupOut]
    delegators: list[str]
    """For whom the caller stands in now."""


@router.post("/v1/people", operation_id="register_person", status_code=201, response_model=PersonOut)
async def register_person(body: NewPerson, ctx: Call, db: Db) -> Response:
    """Register somebody under the subject of their token; their id is the one that all events name."""
    return respond(await directory.register(db, ctx, PEOPLE, body.model_dump(exclude_unset=True)))


@router.post(
    "/v1/people:import",
    operation_id="import_people",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_people(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One person per line, as for registering: created, updated (only the fields that the line has),
    unchanged or invalid. `external_id` of a result is the line's key.
    """
    return Streamed(ctx, Chunk(db, PEOPLE, understood(NewPerson), dry_run).carry_out)


@router.get("/v1/people/me", operation_id="read_me", response_model=Me)
async def read_me(ctx: Call, db: Db) -> Response:
    """Who you are here: your record, groups and business units, and for whom you stand in."""
    return JSONResponse(await people.me(db, ctx))


@router.get("/v1/people/{reference}", operation_id="read_person", response_model=PersonOut)
async def read_person(reference: str, ctx: Call, db: Db) -> Response:
    """By id or key."""
    return card(await people.read(db, ctx, reference))


@router.get("/v1/people/{reference}/groups", operation_id="list_groups_of_person", response_model=Groups)
async def list_groups_of_person(reference: str, ctx: Call, db: Db) -> Response:
    """The active groups that somebody is in, registered or not."""
    return JSONResponse({"items": await people.groups(db, ctx, reference)})


@router.patch("/v1/people/{reference}", operation_id="edit_person", response_model=PersonOut)
async def edit_person(reference: str, body: PersonPatch, ctx: Versioned, db: Db) -> Response:
    """Everybody may name a delegate of their own, for a period; all else is for those who keep the
    directory. `active: false` deactivates: they vote and work no more.
    """
    return respond(await directory.edit_person(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get(
    "/v1/people",
    operation_id="list_people",
    response_model=Page[PersonOut],
    openapi_extra={"parameters": STAFF.parameters},
)
async def list_people(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await (STAFF if is_staff(ctx.roles) else REQUESTERS).page(db, ctx, request)

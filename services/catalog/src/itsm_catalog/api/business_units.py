"""Business units: who a service is for, who pays, who may order."""

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
from pydantic import BaseModel
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.directory import understood
from itsm_catalog.api.key import ABSENT, Key, PersonKey
from itsm_catalog.commands import business_units
from itsm_catalog.commands.directory_import import Chunk
from itsm_catalog.commands.entries import UNITS
from itsm_catalog.tables import business_unit

LISTING: Final = Listing(
    business_unit,
    filters=("key", "parent", "head", "active", "registered_at", "updated_at"),
    sorts=("name", "key", "registered_at", "updated_at"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1", tags=["business units"])


class UnitDetails(StrictModel):
    """What can be told about a unit at any time; parent and head need not be known yet."""

    parent: Key | None = None
    head: PersonKey | None = None
    active: bool = ABSENT


class NewUnit(UnitDetails):
    """A business unit."""

    key: Key
    name: Name


class UnitPatch(UnitDetails):
    """A merge patch (RFC 7396)."""

    name: Name = ABSENT


class BusinessUnitOut(BaseModel):
    """A business unit."""

    id: UUID
    key: str
    version: int
    name: str
    parent: str | None
    head: str | None
    active: bool
    registered_at: datetime
    updated_at: datetime


@router.post(
    "/business-units", operation_id="register_business_unit", status_code=201, response_model=BusinessUnitOut
)
async def register_business_unit(body: NewUnit, ctx: Call, db: Db) -> Response:
    """Register a unit; no unit is above itself."""
    return respond(await business_units.register(db, ctx, body.model_dump(exclude_unset=True)))


@router.post(
    "/business-units:import",
    operation_id="import_business_units",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_business_units(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One unit per line, as for registering; results as for people. Lines that together would put a unit
    above itself are invalid, whatever their order.
    """
    return Streamed(ctx, Chunk(db, UNITS, understood(NewUnit), dry_run).carry_out)


@router.get("/business-units/{reference}", operation_id="read_business_unit", response_model=BusinessUnitOut)
async def read_business_unit(reference: str, ctx: Call, db: Db) -> Response:
    """By id or key."""
    return card(await queries.read(db, ctx, business_unit, reference))


@router.patch(
    "/business-units/{reference}", operation_id="edit_business_unit", response_model=BusinessUnitOut
)
async def edit_business_unit(reference: str, body: UnitPatch, ctx: Versioned, db: Db) -> Response:
    """`active: false` deactivates; a parent that is below the unit is refused."""
    return respond(await business_units.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get(
    "/business-units",
    operation_id="list_business_units",
    response_model=Page[BusinessUnitOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_business_units(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default; `parent=` finds those right below a unit."""
    return await LISTING.page(db, ctx, request)

"""The portfolio's services."""

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Words
from pydantic import BaseModel
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.key import Key
from itsm_catalog.commands import portfolio
from itsm_catalog.rules.portfolio import Status
from itsm_catalog.tables import service

LISTING: Final = Listing(
    service,
    filters=("key", "status", "owner", "business_unit", "proposed_at"),
    sorts=("name", "key", "proposed_at"),
    search=("name", "key"),
    default_sort="name",
)


class NewService(StrictModel):
    """A service to be proposed."""

    key: Key
    name: Name
    description: Words | None = None
    owner: Name | None = None
    business_unit: Name | None = None


class ServiceOut(BaseModel):
    """A portfolio service; every field is always there."""

    id: UUID
    key: str
    version: int
    name: str
    description: str | None
    status: Status
    owner: str
    business_unit: str | None
    proposed_at: datetime


router = APIRouter(prefix="/v1/services", tags=["services"])


@router.post("", operation_id="propose_service", status_code=201, response_model=ServiceOut)
async def propose_service(body: NewService, ctx: Call, db: Db) -> Response:
    """Enter a service into the portfolio's pipeline; the owner is you by default, the key is unique."""
    return respond(await portfolio.propose(db, ctx, body.model_dump(exclude_unset=True)))


@router.get("/{reference}", operation_id="read_service", response_model=ServiceOut)
async def read_service(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.read(db, ctx, service, reference))


@router.get(
    "",
    operation_id="list_services",
    response_model=Page[ServiceOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_services(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)

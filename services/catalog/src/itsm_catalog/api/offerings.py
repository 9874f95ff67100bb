"""Offerings: what of a service can be ordered, by which form, and how it is approved and fulfilled."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from pydantic_core import to_json
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.offering_in import Answers, NewOffering
from itsm_catalog.api.offering_out import Fits, OfferingOut, OfferingVersionOut, OfferingVersions
from itsm_catalog.api.versions import IF_MATCH, listed, succession
from itsm_catalog.commands import offerings
from itsm_catalog.queries.offerings import fitting, version
from itsm_catalog.tables import offering

LISTING: Final = Listing(
    offering,
    filters=("key", "service", "category", "retired", "issued_at"),
    sorts=("name", "key", "issued_at"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/offerings", tags=["offerings"])


@router.post(
    "", operation_id="publish_offering", status_code=201, response_model=OfferingOut, openapi_extra=IF_MATCH
)
async def publish_offering(body: NewOffering, request: Request, ctx: Call, db: Db) -> Response:
    """Publish an offering or, with If-Match, its next version. What was ordered before keeps the version
    that it was ordered by.
    """
    ctx, succeeds = succession(request, ctx)
    return respond(await offerings.publish(db, ctx, body.model_dump(), succeeds=succeeds))


@router.post("/{reference}/retire", operation_id="retire_offering", response_model=OfferingOut)
async def retire_offering(reference: str, ctx: Versioned, db: Db) -> Response:
    """Take it out of the catalogue; what was ordered goes on. The next version takes it up again."""
    return respond(await offerings.retire(db, ctx, reference))


@router.post("/{reference}/form:check", operation_id="check_form", response_model=Fits)
async def check_form(reference: str, body: Answers, ctx: Call, db: Db) -> Response:
    """Check the answers to its form without ordering: 422 as the order itself would give it, or that they
    fit. `version` is that of the form that was filled in, by default the latest.
    """
    return shown(await fitting(db, ctx, reference, body.version, body.answers))


@router.get("/{reference}", operation_id="read_offering", response_model=OfferingOut)
async def read_offering(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key: the latest version."""
    return card(await queries.read(db, ctx, offering, reference))


@router.get("/{reference}/versions", operation_id="list_offering_versions", response_model=OfferingVersions)
async def list_offering_versions(reference: str, ctx: Call, db: Db) -> Response:
    """Every version, the newest first."""
    return listed(await queries.versions(db, ctx, offering, reference))


@router.get(
    "/{reference}/versions/{number}", operation_id="read_offering_version", response_model=OfferingVersionOut
)
async def read_offering_version(
    reference: str, number: Annotated[int, Path(ge=1, lt=2**31)], ctx: Call, db: Db
) -> Response:
    """One version: the form of what was ordered by it."""
    return shown(await version(db, ctx, reference, number))


@router.get(
    "",
    operation_id="list_offerings",
    response_model=Page[OfferingOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_offerings(request: Request, ctx: Call, db: Db) -> Response:
    """All of them, by name by default; what the caller can order is at /v1/catalogue."""
    return await LISTING.page(db, ctx, request)


def shown(found: dict[str, Any]) -> Response:
    """What was read."""
    return Response(to_json(found), media_type="application/json")

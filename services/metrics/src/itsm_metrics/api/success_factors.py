"""Critical success factors: what must go right."""

from typing import Final

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import Response

from itsm_metrics.api.targets_in import SuccessFactorIn, SuccessFactorPatch
from itsm_metrics.api.targets_out import SuccessFactorOut
from itsm_metrics.commands import success_factors as commands
from itsm_metrics.queries import targets as queries
from itsm_metrics.tables import success_factor

LISTING: Final = Listing(
    success_factor,
    filters=("key", "owner", "status"),
    sorts=("name", "key"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/success-factors", tags=["targets"])


@router.post("", operation_id="define_success_factor", status_code=201, response_model=SuccessFactorOut)
async def define_success_factor(body: SuccessFactorIn, ctx: Call, db: Db) -> Response:
    """Define one; its key is unique."""
    return respond(await commands.define(db, ctx, body.model_dump(exclude_unset=True)))


@router.get(
    "",
    operation_id="list_success_factors",
    response_model=Page[SuccessFactorOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_success_factors(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)


@router.get("/{reference}", operation_id="read_success_factor", response_model=SuccessFactorOut)
async def read_success_factor(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.named(db, ctx, success_factor, reference))


@router.patch("/{reference}", operation_id="edit_success_factor", response_model=SuccessFactorOut)
async def edit_success_factor(reference: str, body: SuccessFactorPatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch, until it is retired."""
    return respond(await commands.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.post("/{reference}/retire", operation_id="retire_success_factor", response_model=SuccessFactorOut)
async def retire_success_factor(reference: str, ctx: Versioned, db: Db) -> Response:
    """It counts no more; refused while a target serves it."""
    return respond(await commands.retire(db, ctx, reference))

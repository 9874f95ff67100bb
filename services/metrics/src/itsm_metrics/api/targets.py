"""Targets: what figures should be, and whether they are."""

from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import card, respond
from starlette.responses import Response

from itsm_metrics.api.targets_in import TargetIn, TargetPatch
from itsm_metrics.api.targets_out import RoundOut, TargetOut
from itsm_metrics.commands import targets as commands
from itsm_metrics.queries import targets as queries
from itsm_metrics.tables import target

LISTING: Final = Listing(
    target,
    filters=(
        *("key", "success_factor", "kpi", "service", "business_unit", "period", "owner"),
        *("status", "band", "breached_at"),
    ),
    sorts=("name", "key", "breached_at"),
    search=("name", "key"),
    default_sort="name",
)

rounds = APIRouter(tags=["targets"])
router = APIRouter(prefix="/v1/targets", tags=["targets"])


@rounds.post("/v1/targets:evaluate", operation_id="evaluate_targets", response_model=RoundOut)
async def evaluate_targets(ctx: Call, db: Db) -> Response:
    """Read their figures now, and not only when the timer does."""
    return respond(await commands.evaluate(db, ctx, partial(queries.reading, db, ctx.tenant, ctx.now)))


@router.post("", operation_id="define_target", status_code=201, response_model=TargetOut)
async def define_target(body: TargetIn, ctx: Call, db: Db) -> Response:
    """Define one; its key is unique. Which way is good comes from the figure."""
    return respond(await commands.define(db, ctx, body.model_dump(exclude_unset=True)))


@router.get(
    "",
    operation_id="list_targets",
    response_model=Page[TargetOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_targets(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)


@router.get("/{reference}", operation_id="read_target", response_model=TargetOut)
async def read_target(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key, with its last evaluation."""
    return card(await queries.named(db, ctx, target, reference))


@router.patch("/{reference}", operation_id="edit_target", response_model=TargetOut)
async def edit_target(reference: str, body: TargetPatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch, until it is retired. What it is judged by changed, it is judged anew."""
    return respond(await commands.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.post("/{reference}/retire", operation_id="retire_target", response_model=TargetOut)
async def retire_target(reference: str, ctx: Versioned, db: Db) -> Response:
    """It is evaluated no more, and leaves the scorecards."""
    return respond(await commands.retire(db, ctx, reference))


@router.get("/{reference}/timeline", operation_id="read_target_timeline", response_model=Page[HappeningOut])
async def read_target_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Everything that happened to it, in the order it was stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, reference, limit, start))

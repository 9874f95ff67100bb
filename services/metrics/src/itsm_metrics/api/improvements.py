"""The improvement register: what is to become better, and whether it did."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.errors import Refused
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import card, respond
from pydantic_core import to_json
from starlette.responses import JSONResponse, Response

from itsm_metrics.api.improvements_in import (
    CommentIn,
    ImprovementIn,
    ImprovementMove,
    ImprovementPatch,
    StepPatch,
    WindowsIn,
)
from itsm_metrics.api.improvements_out import CommentOut, EffectOut, ImprovementOut, NextStatesOut
from itsm_metrics.commands import improvements as commands
from itsm_metrics.commands.improvement_comments import comment
from itsm_metrics.queries import effects
from itsm_metrics.queries import improvements as queries
from itsm_metrics.rules.effect_windows import Windows
from itsm_metrics.rules.improvement import Baseline, StepName
from itsm_metrics.tables import improvement

LISTING: Final = Listing(
    improvement,
    filters=(
        "number",
        "status",
        "source",
        "reference",
        "priority",
        "owner",
        "business_unit",
        "service",
        "kpi",
        "verdict",
        "identified_at",
        "planned_end",
        "closed_at",
    ),
    sorts=("identified_at", "planned_end", "closed_at", "number", "title"),
    search=("title", "number"),
    default_sort="-identified_at",
)

router = APIRouter(prefix="/v1/improvements", tags=["improvements"])


def shaped(body: ImprovementPatch) -> dict[str, Any]:
    """The fields that were sent; what is stated of a baseline is not measured."""
    given: dict[str, Any] = body.model_dump(exclude_unset=True)
    if given.get("baseline") is not None:
        given["baseline"] = Baseline(**given["baseline"])
    return given


@router.post("", operation_id="register_improvement", status_code=201, response_model=ImprovementOut)
async def register_improvement(body: ImprovementIn, ctx: Call, db: Db) -> Response:
    """Register something that could be better."""
    given = shaped(body)
    if "windows" in given:
        given["windows"] = Windows(**given["windows"])
    return respond(await commands.register(db, ctx, given))


@router.get(
    "",
    operation_id="list_improvements",
    response_model=Page[ImprovementOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_improvements(request: Request, ctx: Call, db: Db) -> Response:
    """Newest first by default."""
    return await LISTING.page(db, ctx, request)


@router.get("/{reference}", operation_id="read_improvement", response_model=ImprovementOut)
async def read_improvement(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (IMP-000001)."""
    return card(await queries.card(db, ctx, reference))


@router.patch("/{reference}", operation_id="edit_improvement", response_model=ImprovementOut)
async def edit_improvement(reference: str, body: ImprovementPatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch, until it has ended."""
    return respond(await commands.edit(db, ctx, reference, shaped(body)))


@router.get(
    "/{reference}/transitions", operation_id="list_improvement_transitions", response_model=NextStatesOut
)
async def list_improvement_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """The other states, why one cannot be entered now, and which fields it still needs."""
    return JSONResponse(await queries.transitions(db, ctx, reference))


@router.post("/{reference}/transitions", operation_id="transition_improvement", response_model=ImprovementOut)
async def transition_improvement(reference: str, body: ImprovementMove, ctx: Versioned, db: Db) -> Response:
    """Move it. Accepted, its figure is read, unless a baseline was stated; closed, its effect is measured."""
    figures = commands.Figures(partial(effects.baseline, db), partial(effects.effect, db))
    given = body.model_dump(exclude_unset=True, exclude={"to"})
    return respond(await commands.transition(db, ctx, reference, body.to, given, figures))


@router.patch(
    "/{reference}/steps/{step}", operation_id="work_on_improvement_step", response_model=ImprovementOut
)
async def work_on_improvement_step(
    reference: str, step: StepName, body: StepPatch, ctx: Versioned, db: Db
) -> Response:
    """Say how one of the seven steps stands; If-Match is the improvement's."""
    return respond(await commands.work_on(db, ctx, reference, step, body.model_dump(exclude_unset=True)))


@router.post(
    "/{reference}/effect:measure", operation_id="measure_improvement_effect", response_model=EffectOut
)
async def measure_improvement_effect(
    reference: str, ctx: Call, db: Db, body: WindowsIn | None = None
) -> Response:
    """Look what became of its figure so far, in its windows or in others; nothing is kept.

    Whoever looks every day and stops at the first good one will find it: what counts is measured at closing.
    """
    found = await queries.read(db, ctx, reference)
    if found.kpi is None:
        raise Refused("no_figure", "The improvement is about no figure: there is nothing to measure.")
    if found.implemented_at is None:
        raise Refused(
            "not_implemented", "Nothing is implemented yet: move it to in_review, which says when it was."
        )
    windows = None if body is None else Windows(**body.model_dump())
    measured = await effects.effect(db, ctx.tenant, found, ctx.now, windows)
    if measured is None:
        raise Refused("no_figure", f"There is no figure {found.kpi} any more.")
    return Response(to_json(measured), media_type="application/json")


@router.post(
    "/{reference}/comments",
    operation_id="add_improvement_comment",
    status_code=201,
    response_model=CommentOut,
)
async def add_improvement_comment(reference: str, body: CommentIn, ctx: Call, db: Db) -> Response:
    """Say something about it."""
    return respond(await comment(db, ctx, reference, body.body))


@router.get(
    "/{reference}/comments", operation_id="list_improvement_comments", response_model=Page[CommentOut]
)
async def list_improvement_comments(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Oldest first."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.comments(db, ctx, reference, limit, start))


@router.get(
    "/{reference}/comments/{comment_id}", operation_id="read_improvement_comment", response_model=CommentOut
)
async def read_improvement_comment(reference: str, comment_id: UUID, ctx: Call, db: Db) -> Response:
    """One comment."""
    shown = await queries.comment(db, ctx, reference, comment_id)
    return JSONResponse(shown, headers={"ETag": '"1"'})


@router.get(
    "/{reference}/timeline", operation_id="read_improvement_timeline", response_model=Page[HappeningOut]
)
async def read_improvement_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Everything that happened to it, in the order it was stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, reference, limit, start))

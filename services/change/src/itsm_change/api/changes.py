"""Changes: ask for them, list, read, edit, move; and file those that were detected."""

from typing import Final

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import JSONResponse, Response

from itsm_change import queries
from itsm_change.api import incoming, outgoing
from itsm_change.commands import detect, edit, request, transition
from itsm_change.rules.editing import shaped
from itsm_change.rules.lifecycle import Transition
from itsm_change.tables import change
from itsm_change.tables.finding import own

LISTING: Final = Listing(
    change,
    filters=(
        "number",
        "external_id",
        "change_type",
        "status",
        "approval",
        "risk_band",
        "service",
        "requester",
        "assignment_group",
        "assignee",
        "template",
        "close_code",
        "backed_out",
        "unauthorized",
        "has_conflicts",
        "planned_start",
        "planned_end",
        "requested_at",
        "implemented_at",
        "closed_at",
        "updated_at",
    ),
    sorts=("requested_at", "updated_at", "planned_start", "implemented_at", "number"),
    search=("title", "number"),
    scopes={"own": own},
    default_sort="-requested_at",
)

router = APIRouter(tags=["changes"])


@router.post("/v1/changes", operation_id="request_change", status_code=201, response_model=outgoing.ChangeOut)
async def request_change(body: incoming.NewChange, ctx: Call, db: Db) -> Response:
    """Ask for a change; the requester is you by default, and for a requester nobody else."""
    return respond(await request.request(db, ctx, body.given()))


@router.post(
    "/v1/changes:detected",
    operation_id="detect_change",
    status_code=201,
    response_model=outgoing.DetectedOut,
    responses={200: {"model": outgoing.DetectedOut, "description": "It was told before; this is counted."}},
)
async def detect_change(body: incoming.DetectedIn, ctx: Call, db: Db) -> Response:
    """File a change that has happened without a record: an emergency one, unauthorised, in authorize, to be
    reviewed next. The same dedup_key again only counts while that one has not ended.
    """
    given = body.model_dump(exclude_unset=True)
    return respond(await detect.detect(db, ctx, given.pop("dedup_key"), given))


@router.get("/v1/changes/{reference}", operation_id="read_change", response_model=outgoing.ChangeOut)
async def read_change(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (CHG-000123)."""
    return card(await queries.read(db, ctx, reference))


@router.patch("/v1/changes/{reference}", operation_id="edit_change", response_model=outgoing.ChangeOut)
async def edit_change(reference: str, body: incoming.ChangePatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch. Services, items, window and plans are material: once approval was asked an edit voids
    it, and from implement on they are locked. Type and template change only in new, before any approval was
    asked.
    """
    return respond(await edit.edit(db, ctx, reference, body.given()))


@router.get(
    "/v1/changes/{reference}/transitions",
    operation_id="list_transitions",
    response_model=outgoing.NextStates,
)
async def list_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """Every other state: whether you can enter it now, why not, and which fields it still needs."""
    return JSONResponse(await queries.transitions(db, ctx, reference))


@router.post(
    "/v1/changes/{reference}/transitions",
    operation_id="transition_change",
    response_model=outgoing.ChangeOut,
)
async def transition_change(reference: str, body: incoming.TransitionIn, ctx: Versioned, db: Db) -> Response:
    """authorize (for a standard change scheduled) needs the planned window; closed a close code and, for an
    unsuccessful or emergency change, a review note; new, which is a rejection, a reason.

    Entering authorize asks the groups of the matching approval policy.
    """
    asked = Transition(body.to, shaped(body.fields()), body.reason)
    return respond(await transition.transition(db, ctx, reference, asked, body.comment, body.visibility))


@router.get(
    "/v1/changes",
    operation_id="list_changes",
    response_model=Page[outgoing.ChangeOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_changes(question: Request, ctx: Call, db: Db) -> Response:
    """Newest first by default; requesters find only their own."""
    return await LISTING.page(db, ctx, question, scope=None if is_staff(ctx.roles) else "own")

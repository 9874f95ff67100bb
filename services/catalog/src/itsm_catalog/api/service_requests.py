"""Service requests: order one, list, read, edit, move."""

from typing import Final

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import JSONResponse, Response

from itsm_catalog.api import requests_in as incoming
from itsm_catalog.api import requests_out as outgoing
from itsm_catalog.commands.requests import moving, ordering
from itsm_catalog.queries import requests as queries
from itsm_catalog.tables import service_request
from itsm_catalog.tables.request_sight import find_request, own

LISTING: Final = Listing(
    service_request,
    filters=(
        "number",
        "external_id",
        "order",
        "status",
        "offering",
        "service",
        "requester",
        "requested_for",
        "business_unit",
        "submitted_at",
        "updated_at",
        "due_at",
    ),
    sorts=("submitted_at", "updated_at", "due_at", "number"),
    scopes={"own": lambda _: service_request.c.id.in_(own())},
    default_sort="-submitted_at",
)

router = APIRouter(prefix="/v1/service-requests", tags=["service requests"])


@router.post(
    "", operation_id="submit_service_request", status_code=201, response_model=outgoing.ServiceRequestOut
)
async def submit_service_request(body: incoming.NewRequest, ctx: Call, db: Db) -> Response:
    """Order a single item, under an order number too. Errors point into the body, such as /answers/colour."""
    return respond(await ordering.submit(db, ctx, body.item(), body.comment))


@router.get("/{reference}", operation_id="read_service_request", response_model=outgoing.ServiceRequestOut)
async def read_service_request(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (REQ-000123)."""
    return card(await find_request(db, ctx, reference))


@router.patch("/{reference}", operation_id="edit_service_request", response_model=outgoing.ServiceRequestOut)
async def edit_service_request(
    reference: str, body: incoming.RequestPatch, ctx: Versioned, db: Db
) -> Response:
    """A merge patch of what was ordered, until it is approved: the votes so far are voided, and the first
    step asks anew. An answer of null is taken back.
    """
    return respond(await ordering.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get(
    "/{reference}/transitions",
    operation_id="list_service_request_transitions",
    response_model=outgoing.RequestNextStates,
)
async def list_service_request_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """Every other state: whether you can enter it now, why not, and which fields it needs."""
    return JSONResponse(await queries.transitions(db, ctx, reference))


@router.post(
    "/{reference}/transitions",
    operation_id="transition_service_request",
    response_model=outgoing.ServiceRequestOut,
)
async def transition_service_request(
    reference: str, body: incoming.RequestTransitionIn, ctx: Versioned, db: Db
) -> Response:
    """on_hold needs a reason (requester: also a public comment), fulfilled a note; it cancels what is left
    of the tasks. Votes alone approve and reject. in_fulfilment reopens what was fulfilled, as long as the
    offering lets it.
    """
    moved = moving.transition(
        db,
        ctx,
        reference,
        body.asked(),
        tasks=body.tasks,
        comment=body.comment,
        visibility=body.visibility,
    )
    return respond(await moved)


@router.get(
    "",
    operation_id="list_service_requests",
    response_model=Page[outgoing.ServiceRequestOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_service_requests(request: Request, ctx: Call, db: Db) -> Response:
    """Newest first by default; requesters find what they ordered, what is for them or theirs to approve."""
    return await LISTING.page(db, ctx, request, scope=None if is_staff(ctx.roles) else "own")

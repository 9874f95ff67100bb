"""Approvals: what waits for whose vote, and voting."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import Response

from itsm_catalog.api.requests_in import VoteIn
from itsm_catalog.api.requests_out import ApprovalOut
from itsm_catalog.commands.requests import voting
from itsm_catalog.tables import approval
from itsm_catalog.tables.request_sight import approvals_of_own, awaits, find_approval

LISTING: Final = Listing(
    approval,
    filters=("status", "record", "number", "group", "step", "asked_at", "expires_at"),
    sorts=("asked_at", "expires_at", "number"),
    scopes={"own": approvals_of_own},
    marks={"mine": awaits},
    default_sort="asked_at",
)

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])


@router.get("/{approval_id}", operation_id="read_approval", response_model=ApprovalOut)
async def read_approval(approval_id: UUID, ctx: Call, db: Db) -> Response:
    """A step with its votes."""
    return card(await find_approval(db, ctx, str(approval_id)))


@router.post("/{approval_id}/votes", operation_id="vote", response_model=ApprovalOut)
async def vote(approval_id: UUID, body: VoteIn, ctx: Call, db: Db) -> Response:
    """Cast once, in your own place or as the delegate of a voter; never on your own request. The vote that
    decides the step starts the next one, or approves or rejects the request, at once.
    """
    return respond(await voting.vote(db, ctx, str(approval_id), body.decision, body.comment, body.voter))


@router.get(
    "",
    operation_id="list_approvals",
    response_model=Page[ApprovalOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_approvals(request: Request, ctx: Call, db: Db) -> Response:
    """Those of the requests that you see, the longest waiting first; mine=true: in which you can vote now,
    also in the place of somebody whose delegate you are.
    """
    return await LISTING.page(db, ctx, request, scope=None if is_staff(ctx.roles) else "own")

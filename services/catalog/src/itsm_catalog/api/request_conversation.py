"""What people say about a service request, and what happened to it."""

from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import respond
from starlette.responses import JSONResponse, Response

from itsm_catalog.api.requests_in import RequestCommentIn
from itsm_catalog.api.requests_out import RequestCommentOut
from itsm_catalog.commands.requests import commenting
from itsm_catalog.queries import requests as queries

router = APIRouter(prefix="/v1/service-requests/{reference}", tags=["service requests"])


@router.post(
    "/comments",
    operation_id="comment_on_service_request",
    status_code=201,
    response_model=RequestCommentOut,
)
async def comment_on_service_request(reference: str, body: RequestCommentIn, ctx: Call, db: Db) -> Response:
    """The requester's public comment resumes a request that waits for them."""
    return respond(await commenting.comment(db, ctx, reference, body.body, body.visibility))


@router.get("/comments", operation_id="list_service_request_comments", response_model=Page[RequestCommentOut])
async def list_service_request_comments(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Oldest first; internal ones only for the desk."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.comments(db, ctx, reference, limit, start))


@router.get(
    "/comments/{comment_id}",
    operation_id="read_service_request_comment",
    response_model=RequestCommentOut,
)
async def read_service_request_comment(reference: str, comment_id: UUID, ctx: Call, db: Db) -> Response:
    """An internal one only for the desk."""
    return JSONResponse(await queries.comment(db, ctx, reference, comment_id), headers={"ETag": '"1"'})


@router.get("/timeline", operation_id="read_service_request_timeline", response_model=Page[HappeningOut])
async def read_service_request_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Every event of the request, its approvals, its tasks and its comments, in the order in which they were
    stored.
    """
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, reference, limit, start))

"""What people say about an incident, who follows it, and what happened to it."""

from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import respond
from starlette.responses import JSONResponse, Response

from itsm_incident import queries
from itsm_incident.api import incoming, outgoing
from itsm_incident.commands import comment, watch

router = APIRouter(tags=["conversation"])


@router.post(
    "/v1/incidents/{reference}/comments",
    operation_id="add_comment",
    summary="Comment",
    status_code=201,
    response_model=outgoing.CommentOut,
)
async def add_comment(reference: str, body: incoming.CommentIn, ctx: Call, db: Db) -> Response:
    """The caller's public comment resumes an incident that waits for the caller; on a closed one it
    opens a new, linked incident, and `incident_id` names that.
    """
    return respond(await comment.comment(db, ctx, reference, body.body, body.visibility))


@router.get(
    "/v1/incidents/{reference}/comments",
    operation_id="list_comments",
    summary="Comments, oldest first",
    response_model=Page[outgoing.CommentOut],
)
async def list_comments(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Internal ones only for the desk."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.comments(db, ctx, reference, limit, start))


@router.get(
    "/v1/incidents/{reference}/comments/{comment_id}",
    operation_id="read_comment",
    summary="Read a comment",
    response_model=outgoing.CommentOut,
)
async def read_comment(reference: str, comment_id: UUID, ctx: Call, db: Db) -> Response:
    """An internal one only for the desk."""
    return JSONResponse(await queries.comment(db, ctx, reference, comment_id), headers={"ETag": '"1"'})


@router.get(
    "/v1/incidents/{reference}/timeline",
    operation_id="read_timeline",
    summary="What happened",
    response_model=Page[HappeningOut],
)
async def read_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Every event of the incident, its comments and its watchers, in the order in which they were stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, reference, limit, start))


@router.post(
    "/v1/incidents/{reference}/watchers",
    operation_id="add_watcher",
    summary="Watch, or let somebody watch",
    status_code=201,
    response_model=outgoing.WatcherOut,
    responses={200: {"model": outgoing.WatcherOut, "description": "That watch is there already."}},
)
async def add_watcher(reference: str, body: incoming.WatcherIn, ctx: Call, db: Db) -> Response:
    """Whoever watches an incident sees it. A requester can only watch for themselves; a watch that
    is there already is answered with 200.
    """
    return respond(await watch.watch(db, ctx, reference, body.watcher or ctx.actor))


@router.get(
    "/v1/incidents/{reference}/watchers",
    operation_id="list_watchers",
    summary="Who watches",
    response_model=outgoing.WatcherList,
)
async def list_watchers(reference: str, ctx: Call, db: Db) -> Response:
    """Everybody, in the order in which they came."""
    return JSONResponse({"items": await queries.watchers(db, ctx, reference)})


@router.delete(
    "/v1/incidents/{reference}/watchers/{watcher_id}",
    operation_id="remove_watcher",
    summary="End a watch",
    status_code=204,
    response_class=Response,
)
async def remove_watcher(reference: str, watcher_id: UUID, ctx: Versioned, db: Db) -> Response:
    """A requester can end only the own watch."""
    return respond(await watch.unwatch(db, ctx, reference, watcher_id))

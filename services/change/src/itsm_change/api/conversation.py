"""What people say about a change, what happened to it, and its tasks."""

from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import respond
from starlette.responses import JSONResponse, Response

from itsm_change import queries
from itsm_change.api import incoming, outgoing
from itsm_change.commands import comment, tasks

router = APIRouter(prefix="/v1/changes/{reference}", tags=["conversation"])


@router.post("/comments", operation_id="add_comment", status_code=201, response_model=outgoing.CommentOut)
async def add_comment(reference: str, body: incoming.CommentIn, ctx: Call, db: Db) -> Response:
    """Comment; an internal one only from the staff."""
    return respond(await comment.comment(db, ctx, reference, body.body, body.visibility))


@router.get("/comments", operation_id="list_comments", response_model=Page[outgoing.CommentOut])
async def list_comments(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Oldest first; internal ones only for the staff."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.comments(db, ctx, reference, limit, start))


@router.get("/comments/{comment_id}", operation_id="read_comment", response_model=outgoing.CommentOut)
async def read_comment(reference: str, comment_id: UUID, ctx: Call, db: Db) -> Response:
    """An internal one only for the staff."""
    return JSONResponse(await queries.comment(db, ctx, reference, comment_id), headers={"ETag": '"1"'})


@router.get("/timeline", operation_id="read_timeline", response_model=Page[HappeningOut])
async def read_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Every event of the change, its approvals, tasks and comments, in the order they were stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await queries.timeline(db, ctx, reference, limit, start))


@router.post("/tasks", operation_id="open_task", status_code=201, response_model=outgoing.TaskOut)
async def open_task(reference: str, body: incoming.TaskIn, ctx: Call, db: Db) -> Response:
    """Open a task."""
    return respond(await tasks.open_task(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get("/tasks", operation_id="list_tasks", response_model=outgoing.TaskList)
async def list_tasks(reference: str, ctx: Call, db: Db) -> Response:
    """In the order in which they were opened."""
    return JSONResponse({"items": await queries.tasks(db, ctx, reference)})


@router.patch("/tasks/{task_id}", operation_id="edit_task", response_model=outgoing.TaskOut)
async def edit_task(
    reference: str, task_id: UUID, body: incoming.TaskPatch, ctx: Versioned, db: Db
) -> Response:
    """A merge patch; done and cancelled end the task."""
    return respond(await tasks.edit(db, ctx, reference, task_id, body.model_dump(exclude_unset=True)))

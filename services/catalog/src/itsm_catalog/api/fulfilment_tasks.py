"""Fulfilment tasks: what the groups of the desk have to do for a request."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import Response

from itsm_catalog.api.requests_in import TaskAssignmentIn, TaskCompletionIn
from itsm_catalog.api.requests_out import TaskOut
from itsm_catalog.commands.requests import tasking
from itsm_catalog.tables import fulfilment_task
from itsm_catalog.tables.request_sight import find_task, to_be_done

LISTING: Final = Listing(
    fulfilment_task,
    filters=("status", "request", "number", "assignment_group", "assignee", "planned_at", "opened_at"),
    sorts=("planned_at", "opened_at", "number"),
    marks={"mine": to_be_done},
    default_sort="planned_at",
)

router = APIRouter(prefix="/v1/fulfilment-tasks", tags=["fulfilment tasks"])


@router.get("/{task_id}", operation_id="read_fulfilment_task", response_model=TaskOut)
async def read_fulfilment_task(task_id: UUID, ctx: Call, db: Db) -> Response:
    """A task."""
    return card(await find_task(db, ctx, str(task_id)))


@router.post("/{task_id}/assign", operation_id="assign_fulfilment_task", response_model=TaskOut)
async def assign_fulfilment_task(task_id: UUID, body: TaskAssignmentIn, ctx: Call, db: Db) -> Response:
    """Somebody on an open task begins it; another group may get it too."""
    return respond(await tasking.assign(db, ctx, str(task_id), body.model_dump(exclude_unset=True)))


@router.post("/{task_id}/complete", operation_id="complete_fulfilment_task", response_model=TaskOut)
async def complete_fulfilment_task(task_id: UUID, body: TaskCompletionIn, ctx: Call, db: Db) -> Response:
    """Opens the tasks that waited for it; the last one fulfils the request."""
    return respond(await tasking.complete(db, ctx, str(task_id), body.note))


@router.get(
    "",
    operation_id="list_fulfilment_tasks",
    response_model=Page[TaskOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_fulfilment_tasks(request: Request, ctx: Call, db: Db) -> Response:
    """The oldest first by default; mine=true: those of the groups that you are in."""
    return await LISTING.page(db, ctx, request)

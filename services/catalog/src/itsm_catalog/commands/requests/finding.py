"""Loading a request, its approvals and its tasks."""

from typing import Final

from itsm_chassis.errors import Stale
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import load

from itsm_catalog.commands.requests.recording import approval_from, request_from, task_from
from itsm_catalog.rules.requests.approval import Approval
from itsm_catalog.rules.requests.fulfilment import Task
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_catalog.tables import service_request
from itsm_catalog.tables.request_sight import find_request

APPROVALS: Final = "SELECT card FROM approval WHERE record = $1 AND tenant = $2 ORDER BY step, id"
TASKS: Final = "SELECT card FROM fulfilment_task WHERE request = $1 AND tenant = $2 ORDER BY id"


async def current(db: Database, ctx: Context, reference: str) -> ServiceRequest:
    """The request as it is now; Missing where the caller may not see it, Stale where it has moved on."""
    found = await find_request(db, ctx, reference)
    if ctx.expected is not None and ctx.expected != found.version:
        raise Stale(found.version)
    return request_from(found.text)


async def request_of(db: Database, ctx: Context, part: Approval | Task) -> ServiceRequest:
    """The request that an approval or a task belongs to."""
    identity = part.record if isinstance(part, Approval) else part.request
    found = await load(db, service_request, ctx.tenant, identity)
    if found is None:
        raise LookupError(f"{part.number} is gone, and a request is never deleted")
    return request_from(found.text)


async def approvals_of(db: Database, ctx: Context, request: ServiceRequest) -> list[Approval]:
    """Every approval step that the request has asked."""
    rows = await db.fetch(APPROVALS, request.id, ctx.tenant)
    return [approval_from(row["card"]) for row in rows]


async def tasks_of(db: Database, ctx: Context, request: ServiceRequest) -> list[Task]:
    """Every task of the request."""
    return [task_from(row["card"]) for row in await db.fetch(TASKS, request.id, ctx.tenant)]

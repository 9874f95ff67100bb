"""The door of the import of request history."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.importing import LINES, RESULTS, Streamed
from starlette.responses import Response

from itsm_catalog.commands.requests.importing import carry_out

router = APIRouter(tags=["service requests"])


@router.post(
    "/v1/service-requests:import",
    operation_id="import_service_requests",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_service_requests(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One request with its history per line; one result per line {line, external_id, status, id, errors}.

    `external_id` is unique: the same line again is `unchanged`, with other content `conflict`.
    Stored in transactions of up to 500 lines; whatever interrupts it, sending the file again completes it.
    """
    return Streamed(ctx, partial(carry_out, db, dry_run=dry_run))

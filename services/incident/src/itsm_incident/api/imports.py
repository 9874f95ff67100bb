"""The door of the history import."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.importing import LINES, RESULTS, Streamed
from starlette.responses import Response

from itsm_incident.commands.import_history import carry_out

router = APIRouter(tags=["import"])


@router.post(
    "/v1/incidents:import",
    operation_id="import_history",
    summary="Import incidents with their history",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_history(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One incident with its history per line; one result per line {line, external_id, status, id, errors}.

    `external_id` is unique: the same line again is `unchanged`, with other content `conflict`.
    Stored in transactions of up to 500 lines; whatever interrupts it, sending the file again completes it.
    """
    return Streamed(ctx, partial(carry_out, db, dry_run=dry_run))

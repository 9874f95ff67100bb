"""The door of the import."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.importing import LINES, RESULTS, Streamed
from starlette.responses import Response

from itsm_change.commands.import_changes import carry_out

router = APIRouter(tags=["import"])


@router.post(
    "/v1/changes:import",
    operation_id="import_changes",
    summary="Import changes with their history",
    response_class=Response,
    responses=RESULTS,
    openapi_extra=LINES,
)
async def import_changes(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One change with its history per line; one result per line {line, external_id, status, id, errors}.

    Fields: external_id, title, type and proposed_at; approved_at, implemented_at, closed_at, close_code,
    backed_out_at, reverts, service, configuration_items, requester and risk_inputs where they are known.
    `external_id` is unique: the same line again is `unchanged`, with other content `conflict`. What is odd
    about the history is accepted and counted. Stored in transactions of up to 500 lines; whatever interrupts
    it, sending the file again completes it.
    """
    return Streamed(ctx, partial(carry_out, db, dry_run=dry_run))

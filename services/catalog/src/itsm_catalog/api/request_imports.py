"""The door of the import of request history."""

import json
from functools import partial
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.importing import NDJSON, RESULTS, Streamed
from starlette.responses import Response

from itsm_catalog.commands.requests.importing import carry_out
from itsm_catalog.rules.requests.imports import LINE_NEEDS, NAME, STEP_NEEDS, TEXT
from itsm_catalog.rules.requests.request import HoldReason, Status

TIME: Final = {"type": "string", "format": "date-time", "description": "with its offset; not in the future"}
NAMED: Final = {"type": "string", "minLength": 1, "maxLength": NAME}
STEP: Final[dict[str, Any]] = {
    "type": "object",
    "required": sorted(STEP_NEEDS),
    "additionalProperties": False,
    "properties": {
        "at": TIME,
        "to": {"enum": list(get_args(Status))},
        "reason": {"enum": list(get_args(HoldReason)), "description": "why it is on_hold"},
        "source_state": NAMED | {"description": "what the source calls the state"},
        "comment": {"type": "string", "minLength": 1, "maxLength": TEXT, "description": "for the desk alone"},
    },
}
LINE: Final[dict[str, Any]] = {
    "type": "object",
    "required": sorted(LINE_NEEDS),
    "additionalProperties": False,
    "properties": {
        "external_id": NAMED | {"description": "its name at the source, unique"},
        "offering": NAMED | {"description": "its key"},
        "offering_version": {"type": "integer", "minimum": 1, "description": "the one that promised a time"},
        "service": NAMED | {"description": "its key; the offering's where it is left out"},
        "requester": NAMED,
        "requested_for": NAMED | {"description": "the requester where it is left out"},
        "business_unit": NAMED,
        "submitted_at": TIME,
        "history": {"type": "array", "items": STEP, "description": "every state after submitted, in order"},
    },
}
EXAMPLE: Final = {
    "external_id": "R-1",
    "offering": "laptop",
    "requester": "rita",
    "submitted_at": "2025-05-05T08:00:00Z",
    "history": [
        {"at": "2025-05-05T08:00:00Z", "to": "in_fulfilment"},
        {"at": "2025-05-06T09:00:00Z", "to": "on_hold", "reason": "vendor"},
        {"at": "2025-05-08T10:00:00Z", "to": "in_fulfilment"},
        {"at": "2025-05-08T15:30:00Z", "to": "fulfilled", "comment": "Signed for."},
        {"at": "2025-05-13T15:30:00Z", "to": "closed"},
    ],
}
LINES: Final = {
    "schema": {
        "type": "string",
        "description": "A JSON object per line, each as contentSchema has it.",
        "contentMediaType": "application/json",
        "contentSchema": LINE,
    },
    "example": json.dumps(EXAMPLE),
}

router = APIRouter(tags=["service requests"])


@router.post(
    "/v1/service-requests:import",
    operation_id="import_service_requests",
    response_class=Response,
    responses=RESULTS,
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: LINES}}},
)
async def import_service_requests(ctx: Call, db: Db, dry_run: Annotated[bool, Query()] = False) -> Any:
    """One request with its history per line; one result per line {line, external_id, status, id, errors,
    remarks}.

    `external_id` is unique: the same line again is `unchanged`, with other content `conflict`. `remarks` are
    the codes of what is odd about a line that is created all the same, such as unknown_offering,
    unknown_offering_version, service_ended, unusual_transition, missing_hold_reason.
    Stored in transactions of up to 500 lines; whatever interrupts it, sending the file again completes it.
    """
    return Streamed(ctx, partial(carry_out, db, dry_run=dry_run))

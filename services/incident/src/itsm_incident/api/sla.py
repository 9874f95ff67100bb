"""SLA clocks: where they stand, why, and what other agreements would make of them."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter
from itsm_chassis.http.deps import Call, Db
from starlette.responses import JSONResponse, Response, StreamingResponse

from itsm_incident.api import sla_in, sla_out
from itsm_incident.projections import reading, recompute

NDJSON: Final = "application/x-ndjson"
STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": sla_out.STREAM, "content": {NDJSON: {}}}
}

router = APIRouter(tags=["service levels"])


@router.get(
    "/v1/incidents/{reference}/sla",
    operation_id="read_sla",
    summary="Where its SLA clocks stand",
    response_model=sla_out.ClocksOut,
)
async def read_sla(reference: str, ctx: Call, db: Db) -> Response:
    """Computed from the incident's events and the versions that govern it, at the time of asking."""
    return JSONResponse(await reading.stand(db, ctx, reference))


@router.get(
    "/v1/incidents/{reference}/sla/explain",
    operation_id="explain_sla",
    summary="Why its SLA clocks stand there",
    response_model=sla_out.ExplanationOut,
)
async def explain_sla(reference: str, ctx: Call, db: Db) -> Response:
    """Every interval, running or paused, with the event that began and the one that ended it, in words."""
    return JSONResponse(await reading.explanation(db, ctx, reference))


@router.post(
    "/v1/sla:recompute",
    operation_id="recompute_sla",
    summary="Count past clocks anew",
    response_class=Response,
    responses=STREAMED,
)
async def recompute_sla(body: sla_in.RecomputeIn, ctx: Call, db: Db) -> Response:
    """Replays the history of the records and compares what is stored of their clocks with a recount by
    every version that is known now. Nothing changes unless `apply` is true; where no version was added,
    nothing differs.
    """
    return streamed(recompute.recompute(db, ctx, body.scope(), apply=body.apply))


@router.post(
    "/v1/sla:dry-run",
    operation_id="dry_run_sla",
    summary="What if these were the agreements?",
    response_class=Response,
    responses=STREAMED,
)
async def dry_run_sla(body: sla_in.DryRunIn, ctx: Call, db: Db) -> Response:
    """Replays the history of the records with drafts beside the versions that govern them; stores nothing."""
    drafts = await recompute.drafts(db, ctx, body.policies, body.calendars)
    return streamed(recompute.what_if(db, ctx, body.scope(), drafts))


def streamed(lines: recompute.Lines) -> Response:
    """The lines as they come; a fault cuts the answer short, before the totals."""

    async def texts() -> AsyncIterator[str]:
        async for line in lines:
            yield f"{json.dumps(line, ensure_ascii=False)}\n"

    return StreamingResponse(texts(), media_type=NDJSON)

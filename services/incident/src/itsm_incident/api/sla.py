"""SLA clocks: where they stand, why, and what other agreements would make of them."""

from fastapi import APIRouter
from itsm_chassis.http.deps import Call, Db
from starlette.responses import JSONResponse, Response

from itsm_incident.api import sla_out
from itsm_incident.projections import reading

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

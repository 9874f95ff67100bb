"""Where the figures come from, and how fresh that is."""

from fastapi import APIRouter
from itsm_chassis.http.deps import Call, Db

from itsm_metrics.api.outgoing import SourceOut, SourcesOut
from itsm_metrics.queries.sources import heard

router = APIRouter(tags=["sources"])


@router.get("/v1/sources", operation_id="list_sources", summary="How far each source has been heard")
async def list_sources(ctx: Call, db: Db) -> SourcesOut:
    """One entry for each service whose events of this tenant have arrived."""
    return SourcesOut(items=[SourceOut(**each._asdict()) for each in await heard(db, ctx.tenant)])

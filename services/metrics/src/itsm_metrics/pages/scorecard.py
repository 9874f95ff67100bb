"""Where the promises stand: critical success factors with their targets."""

from fastapi import APIRouter
from itsm_chassis.http.deps import Db, SignedIn
from starlette.responses import Response

from itsm_metrics.api.scorecards import Of, read_scorecard
from itsm_metrics.pages import drawing
from itsm_metrics.pages.render import page
from itsm_metrics.rules.kpis import KPIS

router = APIRouter(include_in_schema=False)


@router.get("/pages/scorecard", operation_id="show_scorecard")
async def show_scorecard(ctx: SignedIn, db: Db, service: Of = None, business_unit: Of = None) -> Response:
    """The API's, of a service, a business unit or the whole."""
    card = await read_scorecard(ctx, db, service, business_unit, True)
    return page(
        "scorecard.html",
        ctx,
        card=card,
        kpis=KPIS,
        line=lambda trend: drawing.strokes([each.value for each in trend]),
        here="/pages/scorecard",
    )

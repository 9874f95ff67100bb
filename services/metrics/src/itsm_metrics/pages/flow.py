"""How a process really runs: ways taken, time lost, rules not kept."""

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Db, SignedIn
from starlette.responses import Response

from itsm_metrics.api import flow as api
from itsm_metrics.api.flow_drawing import draw_flow
from itsm_metrics.api.flow_outgoing import presented
from itsm_metrics.api.questions import once
from itsm_metrics.pages import periods
from itsm_metrics.pages.render import page
from itsm_metrics.queries import flow as queries
from itsm_metrics.rules.flow.lifecycles import LIFECYCLES

router = APIRouter(include_in_schema=False)

SHOWN: Final = 20
"""Of variants and transitions; the API tells more."""


@router.get("/pages/flow/{process}", operation_id="show_flow")
async def show_flow(process: str, request: Request, ctx: SignedIn, db: Db) -> Response:
    """The same as the API's, of a period."""
    given = once(request.query_params.multi_items())
    kept = {name: text for name, text in given.items() if name not in ("days", "last")}
    period = periods.read(given, ctx.now)
    times = {"from": period.since.isoformat(), "to": period.until.isoformat()}
    asked = api.asked(process, (given | times).items(), ctx.now, "activity")
    told = presented(
        await queries.flow(db, ctx.tenant, asked),
        process=process,
        activity=asked.activity,
        from_=asked.since,
        to=asked.until,
    )
    return page(
        "flow.html",
        ctx,
        told=told,
        drawn=urlencode(times | kept),
        shown=SHOWN,
        processes=list(LIFECYCLES),
        activities=api.ACTIVITIES,
        period=period,
        choices=periods.CHOICES,
        here="/pages/flow/incident",
    )


@router.get("/pages/flow/{process}/graph.svg", operation_id="show_flow_drawing")
async def show_flow_drawing(process: str, request: Request, ctx: SignedIn, db: Db) -> Response:
    """The API's drawing, for whoever is signed in."""
    return await draw_flow(process, request, ctx, db)

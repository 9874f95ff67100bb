"""A process as a drawing."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from typing import Any, Final

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db
from starlette.responses import Response

from itsm_metrics.api.flow import ACTIVITY, ONLY, PATH, PERIOD_PARAMETERS, asked, documented
from itsm_metrics.queries import flow as queries
from itsm_metrics.rules.flow.drawing import STYLE, drawing
from itsm_metrics.rules.flow.picture import pictured

router = APIRouter(prefix=PATH, tags=["flow"])

SVG: Final = "image/svg+xml"
STYLE_HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
OWN_STYLE: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'"
}
DRAWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The drawing.", "content": {SVG: {"schema": {"type": "string"}}}}
}


@router.get(
    "/graph.svg",
    operation_id="draw_flow",
    summary="The process as a drawing",
    response_class=Response,
    responses=DRAWN,
    openapi_extra=documented(PERIOD_PARAMETERS, ACTIVITY, ONLY),
)
async def draw_flow(process: str, request: Request, ctx: Call, db: Db) -> Response:
    """The most frequent 16 activities and 30 transitions: wide is frequent, red is slow."""
    question = asked(process, request.query_params.multi_items(), ctx.now, "activity")
    found = await queries.flow(db, ctx.tenant, question)
    by, kind = (text.replace("_", " ") for text in (question.activity, process))
    title = f"{kind} by {by}, {question.since:%Y-%m-%d} to {question.until:%Y-%m-%d}".capitalize()
    drawn = await asyncio.to_thread(lambda: drawing(title, found.cases, pictured(found)))
    return Response(drawn, 200, OWN_STYLE, SVG)

"""The cases of a process as logs for process-mining tools, streamed."""

from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db
from starlette.responses import Response, StreamingResponse

from itsm_metrics.api.flow import ACTIVITY, ONLY, PATH, PERIOD_PARAMETERS, asked, documented
from itsm_metrics.queries.flow import chosen, log
from itsm_metrics.rules.flow import ocel, xes

router = APIRouter(prefix=PATH, tags=["flow"])

XES: Final = "application/xml"
JSON: Final = "application/json"


def streamed(media_type: str) -> dict[int | str, dict[str, Any]]:
    """The answer, for the operation's documentation."""
    kind = "string" if media_type == XES else "object"
    return {200: {"description": "The log.", "content": {media_type: {"schema": {"type": kind}}}}}


@router.get(
    "/log.xes",
    operation_id="export_flow_xes",
    summary="The cases as XES (IEEE 1849-2016)",
    response_class=Response,
    responses=streamed(XES),
    openapi_extra=documented(PERIOD_PARAMETERS, ACTIVITY, ONLY),
)
async def export_flow_xes(process: str, request: Request, ctx: Call, db: Db) -> Response:
    """The cases and activities of the same question's figures; a fault cuts it short, before its end."""
    question = asked(process, request.query_params.multi_items(), ctx.now, "activity")
    records = await chosen(db, ctx.tenant, question)

    async def texts() -> AsyncIterator[str]:
        yield xes.head(process, question.activity, question.since, question.until)
        async for text in log(db, ctx.tenant, question, records, xes.trace):
            yield text
        yield xes.END

    return attached(texts(), f"{process}.xes", XES)


@router.get(
    "/log.ocel.json",
    operation_id="export_flow_ocel",
    summary="The cases as OCEL 2.0",
    response_class=Response,
    responses=streamed(JSON),
    openapi_extra=documented(PERIOD_PARAMETERS, ONLY),
)
async def export_flow_ocel(process: str, request: Request, ctx: Call, db: Db) -> Response:
    """Every event of the cases, with the records, services, groups and changes that it is about."""
    question = asked(process, request.query_params.multi_items(), ctx.now)
    records = await chosen(db, ctx.tenant, question)

    async def texts() -> AsyncIterator[str]:
        written = ocel.Log(process)
        async for text in log(db, ctx.tenant, question, records, written.events):
            yield text
        for text in written.rest():
            yield text

    return attached(texts(), f"{process}.ocel.json", JSON)


def attached(texts: AsyncIterator[str], name: str, media_type: str) -> Response:
    """The texts as they come, to be saved under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(texts, media_type=media_type, headers=headers)

"""From a figure down to the records that it is made of."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from itsm_chassis.http import cursor as cursors
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.query import read_limit, wrong

from itsm_metrics.api.moments import moment
from itsm_metrics.api.outgoing import RecordOut, RecordsOut
from itsm_metrics.api.questions import figure, once, parameters, question
from itsm_metrics.queries.records import Place, records

router = APIRouter(tags=["kpis"])

PAGE: list[dict[str, Any]] = [
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "Records per page; default: 50",
        "schema": {"type": "integer", "minimum": 1, "maximum": 200},
    },
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "`next` of the page before, with the same question",
        "schema": {"type": "string", "maxLength": 2048},
    },
]


@router.get(
    "/v1/kpis/{slug}/records",
    operation_id="list_kpi_records",
    summary="The records behind a figure",
    openapi_extra={"parameters": [each for each in parameters() if each["name"] != "group_by"] + PAGE},
)
async def list_kpi_records(slug: str, request: Request, response: Response, ctx: Call, db: Db) -> RecordsOut:
    """Every fact that the figure of the same question is made of, in the order of time.

    Behind availability and failures they are the incidents whose outages hurt, behind a cost the services.
    """
    given = once(request.query_params.multi_items())
    limit, sealed = read_limit(given.pop("limit", None)), given.pop("cursor", None)
    if "group_by" in given:
        raise wrong("group_by", "unknown_parameter", "is not known here: ask for one group by its dimension")
    bound = f"{ctx.tenant} {slug} {sorted(given.items())}"
    place = urlencode(given | {"limit": limit})
    asked = question(figure(slug), given, ctx.now)
    key: bytes = request.app.state.cursor_key
    after: Place | None = None
    if sealed is not None:
        since, record, ordinal = cursors.unseal(key, bound, sealed)
        after = datetime.fromisoformat(since), UUID(record), ordinal
    async with moment(db, ctx.tenant, asked) as at:
        found = await records(at, ctx.tenant, asked, after, limit + 1)
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        following = cursors.seal(key, bound, [last.at.isoformat(), str(last.record), last.ordinal])
        response.headers["Link"] = f'<{quote(request.scope["path"])}?{place}&cursor={following}>; rel="next"'
    return RecordsOut(
        items=[
            RecordOut(resource=f.resource, record=f.record, at=f.at, value=f.value) for f in found[:limit]
        ],
        next=following,
    )

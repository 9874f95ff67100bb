"""Computing every figure anew: asked for, looked at, proved."""

from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from itsm_chassis.http import cursor as cursors
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.query import read_limit, wrong

from itsm_metrics.api.questions import once
from itsm_metrics.api.rebuilds_out import ProofOut, ProvedOut, ProvedPage, RebuildOut
from itsm_metrics.api.records import PAGE
from itsm_metrics.projections.rebuilding import ask
from itsm_metrics.queries import rebuilds

router = APIRouter(tags=["rebuilds"])

PLACE: Final = "/v1/rebuilds"
FIRST: Final = ("", "", "")
DIFFERING: Final[dict[str, Any]] = {
    "name": "differing",
    "in": "query",
    "required": False,
    "description": "true: only where the facts were others than the events say",
    "schema": {"type": "string", "enum": ["true", "false"]},
}


@router.post(
    "/v1/metrics:rebuild",
    operation_id="rebuild_metrics",
    summary="Compute every figure anew",
    status_code=202,
)
async def rebuild_metrics(response: Response, ctx: Call, db: Db) -> RebuildOut:
    """Has all facts folded anew from the raw events, in a shadow beside those that are served; they are put
    right at once when it is done. Where a rebuild is waiting or running, this is that one.
    """
    found = await ask(db, ctx.now)
    response.headers["Location"] = f"{PLACE}/{found}"
    return await shown(db, ctx.tenant, found)


@router.get("/v1/rebuilds/{rebuild}", operation_id="read_rebuild", summary="How a rebuild stands")
async def read_rebuild(rebuild: UUID, ctx: Call, db: Db) -> RebuildOut:
    """Its state and progress; its proof, of this tenant's facts, once it is done."""
    return await shown(db, ctx.tenant, rebuild)


async def shown(db: Db, tenant: str, rebuild: UUID) -> RebuildOut:
    """The rebuild as this tenant sees it."""
    found = dict(await rebuilds.standing(db, tenant, rebuild))
    done = found["state"] == "done"
    sums = {name: found[name] for name in ("compared", "differing", "before", "after")}
    return RebuildOut(
        **{name: found[name] for name in ("id", "state", "requested_at", "started_at", "finished_at")},
        progress=1.0 if done else min(found["done"] / found["total"], 1.0) if found["total"] else 0.0,
        attempts=found["attempts"],
        error=found["error"] and found["error"].partition(":")[0],
        proof=ProofOut(**sums, all=f"{PLACE}/{rebuild}/proof") if done else None,
    )


@router.get(
    "/v1/rebuilds/{rebuild}/proof",
    operation_id="read_rebuild_proof",
    summary="The hashes of a rebuild",
    openapi_extra={"parameters": [DIFFERING, *PAGE]},
)
async def read_rebuild_proof(
    rebuild: UUID, request: Request, response: Response, ctx: Call, db: Db
) -> ProvedPage:
    """A hash over the facts of each measure and month, before and after."""
    given = once(request.query_params.multi_items())
    limit, sealed = read_limit(given.pop("limit", None)), given.pop("cursor", None)
    differing = given.pop("differing", "false")
    if differing not in ("true", "false"):
        raise wrong("differing", "invalid_parameter", "must be true or false")
    for name in given:
        raise wrong(name, "unknown_parameter", "is not known here. Known are: differing, limit, cursor")
    await rebuilds.standing(db, ctx.tenant, rebuild)
    bound = f"{ctx.tenant} {rebuild} {differing}"
    key: bytes = request.app.state.cursor_key
    await rebuilds.standing(db, ctx.tenant, rebuild)
    after = FIRST if sealed is None else cursors.unseal(key, bound, sealed)
    found = await rebuilds.proved(db, ctx.tenant, rebuild, after, limit + 1, differing=differing == "true")
    following = None
    if len(found) > limit:
        last = found[limit - 1]
        following = cursors.seal(key, bound, [last["facts"], last["measure"], last["month"]])
        page = urlencode({"differing": differing, "limit": limit, "cursor": following})
        response.headers["Link"] = f'<{quote(request.scope["path"])}?{page}>; rel="next"'
    return ProvedPage(items=[ProvedOut(**each) for each in found[:limit]], next=following)

"""The figures, and the catalogue that says what each means."""

from typing import Any

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db

from itsm_metrics.api.outgoing import (
    CatalogueOut,
    FigureOut,
    GroupOut,
    KpiOut,
    QuantilesOut,
    ShareOut,
    TargetOut,
)
from itsm_metrics.api.questions import figure, link, once, parameters, question
from itsm_metrics.queries.figures import answer
from itsm_metrics.queries.question import Result
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi

router = APIRouter(tags=["kpis"])


@router.get("/v1/kpis", operation_id="list_kpis", summary="The catalogue of figures")
async def list_kpis(_: Call) -> CatalogueOut:
    """Every figure with its unit, formula and dimensions."""
    return CatalogueOut(
        items=[
            KpiOut(
                slug=kpi.slug,
                name=kpi.name,
                unit=kpi.unit,
                kind=kpi.kind,
                formula=kpi.formula,
                formula_version=kpi.formula_version,
                group_by=kpi.dimensions,
                excluded=kpi.excluded,
            )
            for kpi in KPIS.values()
        ]
    )


@router.get(
    "/v1/kpis/{slug}",
    operation_id="read_kpi",
    summary="One figure of a period",
    openapi_extra={"parameters": parameters()},
    response_model_exclude_unset=True,
)
async def read_kpi(slug: str, request: Request, ctx: Call, db: Db) -> FigureOut:
    """A record belongs to the period of the event that completes the measure; backlog is a state at `to`.

    Dimensions have the value they had at that event; priority is the one at opening, but in SLA compliance.
    What stands beside a figure (on_time, target, parts, currency, interval, basis) is there only where it has
    that.
    """
    kpi = figure(slug)
    asked = question(kpi, once(request.query_params.multi_items()), ctx.now)
    found = await answer(db, ctx.tenant, asked)
    return FigureOut(
        slug=kpi.slug,
        unit=kpi.unit,
        from_=asked.since,
        to=asked.until,
        **said(kpi, found.whole),
        records=link(asked),
        groups=[
            GroupOut(key=each.key, records=link(asked, **{asked.group or "": each.key}), **said(kpi, each))
            for each in found.groups
        ],
        excluded=dict(found.excluded),
        fresh_as_of=found.fresh_as_of,
        formula_version=kpi.formula_version,
    )


def said(kpi: Kpi, result: Result) -> dict[str, Any]:
    """n, value and quantiles, and what stands beside them."""
    spread = QuantilesOut(**result.quantiles, error=result.error) if result.quantiles else None
    found: dict[str, Any] = {"n": result.n, "value": result.value, "quantiles": spread}
    if result.on_time is not None:
        found["on_time"] = ShareOut(**result.on_time._asdict())
    if result.parts is not None:
        found["parts"] = dict(result.parts)
    if kpi.kind == "availability":
        found["target"] = TargetOut(**result.target._asdict()) if result.target else None
    if kpi.unit == "money":
        found["currency"] = result.currency
    if kpi.kind == "failure":
        found["interval"] = result.interval
    if result.basis is not None:
        found["basis"] = result.basis
    return found

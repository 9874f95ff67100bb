"""The figures, and the catalogue that says what each means."""

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db

from itsm_metrics.api import telling
from itsm_metrics.api.moments import moment
from itsm_metrics.api.outgoing import CatalogueOut, FigureOut, KpiOut, TimeOut
from itsm_metrics.api.questions import beside, figure, once, parameters, question
from itsm_metrics.api.times import COMPARED, compared, cuts, view
from itsm_metrics.queries.series import told
from itsm_metrics.rules.edges import BUCKETS, MOST
from itsm_metrics.rules.honesty import OF_MANY, SMALL_N
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.trend import LEAST

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
                practice=kpi.practice,
                direction=kpi.direction or "neutral",
                formula=kpi.formula,
                formula_version=kpi.formula_version,
                group_by=kpi.dimensions,
                excluded=kpi.excluded,
                small_n_below=SMALL_N if kpi.kind in OF_MANY else None,
            )
            for kpi in KPIS.values()
        ],
        time=TimeOut(buckets=BUCKETS, most_buckets=MOST, compare=COMPARED, trend_needs=LEAST),
    )


@router.get(
    "/v1/kpis/{slug}",
    operation_id="read_kpi",
    summary="One figure of a period",
    openapi_extra={"parameters": parameters() + beside()},
    response_model_exclude_unset=True,
)
async def read_kpi(slug: str, request: Request, ctx: Call, db: Db) -> FigureOut:
    """A record belongs to the period of the event that completes the measure; backlog is a state at `to`.

    Dimensions have the value they had at that event; priority is the one at opening, but in SLA compliance.
    What stands beside a figure (on_time, target, parts, currency, interval, basis) is there only where it has
    that. All parts of an answer are of one moment.
    """
    kpi = figure(slug)
    given = once(request.query_params.multi_items())
    seen = view(given)
    asked = question(kpi, given, ctx.now)
    ends = cuts(asked, seen.bucket)
    async with moment(db, ctx.tenant, asked) as at:
        found = await told(at, ctx.tenant, asked, ends, compared(asked, seen))
    return telling.figure(asked, seen, found)

"""From the list of figures to one of them, its groups, and the records behind it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http import cursor as cursors
from itsm_chassis.http.deps import Db, SignedIn
from itsm_chassis.store.context import Context
from starlette.responses import Response

from itsm_metrics.api import questions
from itsm_metrics.pages import periods
from itsm_metrics.pages.figuring import Asker
from itsm_metrics.pages.periods import Period
from itsm_metrics.pages.render import page
from itsm_metrics.queries.question import Question
from itsm_metrics.queries.records import Place, records
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi

router = APIRouter(include_in_schema=False)
PER_PAGE = 50


@router.get("/pages/figures", operation_id="show_figures")
async def show_figures(ctx: SignedIn) -> Response:
    """All of them, with what each means."""
    return page("figures.html", ctx, kpis=list(KPIS.values()), here="/pages/figures")


@router.get("/pages/figures/{slug}", operation_id="show_figure")
async def show_figure(slug: str, request: Request, ctx: SignedIn, db: Db) -> Response:
    """One figure: its formula, its line, its groups."""
    given = questions.once(request.query_params.multi_items())
    if not given.get("group_by", ""):
        given.pop("group_by", None)
    kpi, period, asked = understood(slug, given, ctx)
    seen = await Asker(db, ctx.tenant, ctx.now).see(kpi, period, asked.group, asked.filters)
    kept = period.query | {name: value or "" for name, value in asked.filters.items()}
    groups = [(each, urlencode(kept | {asked.group or "": each.key or ""})) for each in seen.figures.groups]
    return page(
        "figure.html",
        ctx,
        seen=seen,
        kpi=kpi,
        period=period,
        choices=periods.CHOICES,
        asked=asked,
        groups=groups,
        query=urlencode(kept),
        dropped=[(name, value, without(kept, name)) for name, value in asked.filters.items()],
        here="/pages/figures",
    )


@router.get("/pages/figures/{slug}/records", operation_id="show_figure_records")
async def show_figure_records(slug: str, request: Request, ctx: SignedIn, db: Db) -> Response:
    """What a figure is made of, page by page."""
    given = questions.once(request.query_params.multi_items())
    sealed, until = given.pop("cursor", None), given.pop("until", None)
    kept = dict(given)
    kpi, period, asked = understood(slug, given, ctx, until)
    kept["until"] = asked.until.isoformat()
    bound = f"pages {ctx.tenant} {slug} {sorted(kept.items())}"
    key: bytes = request.app.state.cursor_key
    after: Place | None = None
    if sealed is not None:
        at, record, ordinal = cursors.unseal(key, bound, sealed)
        after = datetime.fromisoformat(at), UUID(record), ordinal
    found = await records(db, ctx.tenant, asked, after, PER_PAGE + 1)
    following = None
    if len(found) > PER_PAGE:
        last = found[PER_PAGE - 1]
        cursor = cursors.seal(key, bound, [last.at.isoformat(), str(last.record), last.ordinal])
        following = urlencode(kept | {"cursor": cursor})
    return page(
        "records.html",
        ctx,
        kpi=kpi,
        period=period,
        asked=asked,
        records=found[:PER_PAGE],
        following=following,
        first=after is None,
        query=urlencode({name: value for name, value in kept.items() if name != "until"}),
        here="/pages/figures",
    )


def understood(
    slug: str, given: dict[str, str], ctx: Context, until: str | None = None
) -> tuple[Kpi, Period, Question]:
    """The figure, the period and the question; `until` holds a period that ends now where the first page
    had it.
    """
    kpi = questions.figure(slug)
    period = periods.read(given, ctx.now if until is None else questions.moment("until", until, ctx.now))
    times = {"from": period.since.isoformat(), "to": period.until.isoformat()}
    return kpi, period, questions.question(kpi, given | times, ctx.now)


def without(kept: dict[str, Any], name: str) -> str:
    """The same question with one filter less."""
    return urlencode({other: value for other, value in kept.items() if other != name})

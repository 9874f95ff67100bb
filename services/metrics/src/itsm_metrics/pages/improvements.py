"""The improvement board, and what one improvement did to its figure."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Db, SignedIn
from itsm_chassis.store.context import Context
from starlette.responses import Response

from itsm_metrics.api.improvements import LISTING
from itsm_metrics.pages import drawing
from itsm_metrics.pages.render import page
from itsm_metrics.queries import improvements as queries
from itsm_metrics.queries.question import Question, Result
from itsm_metrics.queries.series import told
from itsm_metrics.rules.improvement import Improvement, Status
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi

router = APIRouter(include_in_schema=False)

LANES: Final[dict[str, tuple[Status, ...]]] = {
    "Proposed": ("identified", "accepted", "assessed"),
    "Under way": ("approved", "in_progress", "on_hold", "in_review"),
    "Ended": ("closed", "cancelled"),
}
WEEK: Final = timedelta(days=7)
WEEKS: Final = 12
"""How far a line reaches to each side."""
LINE: Final = (720, 160)


@dataclass(frozen=True)
class Course:
    """Its figure week by week, and where in the drawing the work began and was done."""

    kpi: Kpi
    line: list[tuple[datetime, datetime, Result]]
    marks: list[tuple[float, str]]

    def strokes(self, width: int, height: int) -> list[str]:
        """As SVG polylines."""
        return drawing.strokes([result.value for _, _, result in self.line], width, height)


@router.get("/pages/improvements", operation_id="show_improvements")
async def show_improvements(request: Request, ctx: SignedIn, db: Db) -> Response:
    """The register as a board; it takes the parameters of the API's list."""
    listed: dict[str, Any] = json.loads(bytes((await LISTING.page(db, ctx, request)).body))
    lanes = {
        name: [each for each in listed["items"] if each["status"] in states] for name, states in LANES.items()
    }
    return page(
        "improvements.html", ctx, lanes=lanes, kpis=KPIS, following=listed["next"], here="/pages/improvements"
    )


@router.get("/pages/improvements/{reference}", operation_id="show_improvement")
async def show_improvement(reference: str, ctx: SignedIn, db: Db) -> Response:
    """One of them: its promise, its steps, its figure before and after."""
    found = await queries.read(db, ctx, reference)
    return page(
        "improvement.html",
        ctx,
        it=found,
        kpi=KPIS.get(found.kpi or ""),
        course=await course(db, ctx, found),
        here="/pages/improvements",
    )


async def course(db: Db, ctx: Context, it: Improvement) -> Course | None:
    """Its figure around the work; None where it is about none, or work has not begun."""
    kpi = KPIS.get(it.kpi or "")
    if kpi is None or it.started_at is None:
        return None
    since = it.started_at - WEEKS * WEEK
    wanted = (it.implemented_at or it.started_at) + WEEKS * WEEK
    weeks = (min(wanted, ctx.now) - since) // WEEK
    cuts = [since + each * WEEK for each in range(min(weeks, 8 * WEEKS) + 1)]
    filters = {name: value or None for name, value in it.filters.items()}
    asked = Question(kpi, cuts[0], cuts[-1], None, filters, ctx.now)
    found = await told(db, ctx.tenant, asked, cuts, None)
    line = [(part.since, part.until, figures.whole) for part, figures in found.series or ()]
    moments = ((it.started_at, "begun"), (it.implemented_at, "implemented"))
    marks = [(place(at, line), what) for at, what in moments if at is not None and at <= cuts[-1]]
    return Course(kpi, line, marks)


def place(at: datetime, line: list[tuple[datetime, datetime, Result]]) -> float:
    """Where a moment is on the drawing's width, whose points are the beginnings of weeks."""
    first, last = line[0][0], line[-1][0]
    share = (at - first) / ((last - first) or WEEK)
    return drawing.MARGIN + min(share, 1.0) * (LINE[0] - 2 * drawing.MARGIN)

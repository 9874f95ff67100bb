"""How the events come in: which sources, how many, how late."""

from datetime import timedelta
from typing import NamedTuple

from fastapi import APIRouter
from itsm_chassis.http.deps import Db, SignedIn
from itsm_chassis.store.context import Context
from starlette.responses import Response

from itsm_metrics.pages.render import page
from itsm_metrics.queries.sources import Heard, heard

router = APIRouter(include_in_schema=False)

SLOW_S = 60.0
QUIET = timedelta(days=1)


class Line(NamedTuple):
    """A source, and what its numbers mean."""

    heard: Heard
    state: str
    meaning: str


@router.get("/pages/pipeline", operation_id="show_pipeline")
async def show_pipeline(ctx: SignedIn, db: Db) -> Response:
    """The page, with the state as it is now."""
    return page("pipeline.html", ctx, lines=await lines(ctx, db), here="/pages/pipeline")


@router.get("/pages/pipeline/live", operation_id="show_pipeline_live")
async def show_pipeline_live(ctx: SignedIn, db: Db) -> Response:
    """Its live part alone, which the page fetches again and again."""
    return page("pipeline_live.html", ctx, lines=await lines(ctx, db))


async def lines(ctx: Context, db: Db) -> list[Line]:
    """All sources of the tenant."""
    return [Line(each, *judged(each, ctx)) for each in await heard(db, ctx.tenant)]


def judged(each: Heard, ctx: Context) -> tuple[str, str]:
    """A word for it, and a sentence."""
    if each.lag_s > SLOW_S:
        return "late", "The newest event took longer than a minute to count."
    if ctx.now - each.last_recorded_at > QUIET:
        return "quiet", "Nothing new for more than a day."
    return "fresh", "Its events count within a minute."

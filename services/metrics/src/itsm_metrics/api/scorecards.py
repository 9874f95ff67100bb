"""Scorecards: critical success factors with their targets, of a service, a business unit or the whole."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.query import wrong

from itsm_metrics.api.targets_out import LineOut, ReadingOut, ScorecardOut, SectionOut, SuccessFactorOut
from itsm_metrics.queries.targets import Line, Section, scorecard
from itsm_metrics.rules.bands import band, worst
from itsm_metrics.rules.honesty import small
from itsm_metrics.rules.kpis import KPIS, direction
from itsm_metrics.rules.target import Reading, Target

router = APIRouter(prefix="/v1/scorecards", tags=["targets"])

Of = Annotated[str | None, Query(min_length=1, max_length=500)]
Trend = Annotated[bool, Query(description="The figures of the last six periods too")]


@router.get("", operation_id="read_scorecard")
async def read_scorecard(
    ctx: Call, db: Db, service: Of = None, business_unit: Of = None, trend: Trend = False
) -> ScorecardOut:
    """The targets whose filters name this service or business unit; without either those that name none.

    Values are those of the last evaluation. The worst band counts, and what is not known is not good.
    """
    if service is not None and business_unit is not None:
        raise wrong("business_unit", "one_of", "goes without service: a scorecard is of one of them")
    sections = await scorecard(db, ctx, service, business_unit, trend)
    bands = [line.target.band for each in sections for line in each.lines]
    return ScorecardOut(
        service=service,
        business_unit=business_unit,
        band=worst(bands),
        success_factors=[section(each) for each in sections],
    )


def section(each: Section) -> SectionOut:
    """A success factor as it is shown."""
    return SectionOut(
        success_factor=SuccessFactorOut(**asdict(each.factor)),
        band=worst(line.target.band for line in each.lines),
        targets=[shown(line) for line in each.lines],
    )


def shown(line: Line) -> LineOut:
    """A target as it is shown."""
    target, kpi = line.target, KPIS.get(line.target.kpi)
    seen = target.evaluation
    return LineOut(
        **asdict(target),
        unit=kpi.unit if kpi else None,
        direction=kpi.direction if kpi else None,
        small_n=kpi is not None and seen is not None and small(kpi, seen.n),
        band=target.band,
        trend=None if line.trend is None else [past(target, read) for read in line.trend],
    )


def past(target: Target, read: Reading) -> ReadingOut:
    """One period as it is shown, in the bands of now."""
    good = direction(target.kpi)
    found = band(good, target.green, target.amber, read.value) if good else "unknown"
    return ReadingOut(**asdict(read), band=found)

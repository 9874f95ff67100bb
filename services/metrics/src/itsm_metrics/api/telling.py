"""A figure as it is told: itself, its groups, and what was asked of its time."""

from typing import Any

from itsm_metrics.api.outgoing import (
    FigureOut,
    FormulaOut,
    FreshOut,
    GroupOut,
    PointOut,
    PreviousOut,
    QuantilesOut,
    ShareOut,
    TargetOut,
    TrendOut,
)
from itsm_metrics.api.times import View, whole
from itsm_metrics.queries.question import Figures, Question, Result
from itsm_metrics.queries.series import Told, of_group
from itsm_metrics.rules.honesty import change, coverage, small
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.trend import LEAST, trend

Group = tuple[str | None] | None
"""The key of a group, or None for the whole."""


def figure(asked: Question, view: View, found: Told) -> FigureOut:
    """All of it."""
    kpi, figures = asked.kpi, found.figures
    return FigureOut(
        slug=kpi.slug,
        unit=kpi.unit,
        zone=asked.zone,
        as_of=asked.as_of,
        from_=asked.since,
        to=asked.until,
        **said(kpi, figures.whole),
        records=asked.address("records"),
        revisions=asked.address("revisions") if kpi.is_of_each else None,
        **in_time(asked, view, found, None),
        groups=[
            GroupOut(
                key=each.key,
                **said(kpi, each),
                records=asked.address("records", **of(asked, (each.key,))),
                **in_time(asked, view, found, (each.key,)),
            )
            for each in figures.groups
        ],
        excluded=dict(figures.excluded),
        coverage=coverage(kpi, figures.whole.n, figures.excluded),
        fresh_as_of=figures.fresh_as_of,
        freshness=[FreshOut(**each._asdict()) for each in found.heard],
        formula=FormulaOut(id=kpi.slug, version=kpi.formula_version),
        formula_version=kpi.formula_version,
    )


def in_time(asked: Question, view: View, found: Told, group: Group) -> dict[str, Any]:
    """What was asked of the time of the whole, or of one group."""
    told: dict[str, Any] = {}
    if found.series is not None:
        told["series"] = [PointOut(**point(part, figures, group)) for part, figures in found.series]
    if found.before is not None:
        earlier = of_part(*found.before, group)
        difference, ratio = change(of_part(asked, found.figures, group).value, earlier.value)
        told["previous"] = PreviousOut(**point(*found.before, group), difference=difference, ratio=ratio)
    if view.trend:
        told["trend"] = slope(asked, view, found, group)
    return told


def slope(asked: Question, view: View, found: Told, group: Group) -> TrendOut:
    """The trend of the whole buckets, or why there is none."""
    series = found.series or ()
    ends = [*(part.since for part, _ in series), asked.until]
    fit = whole(asked, view.bucket, ends) if view.bucket else []
    values = [
        of_part(*each, group).value if is_whole else None for each, is_whole in zip(series, fit, strict=True)
    ]
    known = sum(value is not None for value in values)
    line = trend(values)
    if line is None:
        why = f"not enough buckets: {known} are whole, over and have a value, and {LEAST} are needed"
        return TrendOut(slope=None, interval=None, buckets=known, why=why)
    return TrendOut(slope=line.slope, interval=(line.low, line.high), buckets=known, why=None)


def point(part: Question, figures: Figures, group: Group) -> dict[str, Any]:
    """The figure of another period."""
    found = of_part(part, figures, group)
    covered = None if group else coverage(part.kpi, found.n, figures.excluded)
    times = {"from_": part.since, "to": part.until, "coverage": covered}
    return times | said(part.kpi, found) | {"records": part.address("records", **of(part, group))}


def of_part(part: Question, figures: Figures, group: Group) -> Result:
    """The whole, or the group."""
    return of_group(part, figures, group[0]) if group else figures.whole


def of(asked: Question, group: Group) -> dict[str, str | None]:
    """The filter that leaves the group alone."""
    return {asked.group: group[0]} if group and asked.group else {}


def said(kpi: Kpi, result: Result) -> dict[str, Any]:
    """n, value and quantiles, and what stands beside them."""
    spread = QuantilesOut(**result.quantiles, error=result.error) if result.quantiles else None
    found: dict[str, Any] = {"n": result.n, "small_n": small(kpi, result.n)}
    found |= {"value": result.value, "quantiles": spread}
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

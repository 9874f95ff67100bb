"""The figure of an improvement: where it stands, and what became of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database
from itsm_sla.zone import zone
from sqlalchemy import ARRAY, ColumnElement, Float, bindparam, cast, func, select

from itsm_metrics.queries import figures
from itsm_metrics.queries.facts import TENANT, asked, one_of
from itsm_metrics.queries.question import Question
from itsm_metrics.rules.effect import Day, Direction, Scale, measure
from itsm_metrics.rules.effect_windows import Window, Windows, compared, scale
from itsm_metrics.rules.improvement import Baseline, Improvement
from itsm_metrics.rules.improvement_link import good
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.measured import Measured, Side, measured
from itsm_metrics.tables import MOMENT, measurement

SECOND = 1_000_000
MIDNIGHTS = bindparam("midnights", type_=ARRAY(MOMENT))


class Look(NamedTuple):
    """What is asked, of whom, when."""

    tenant: str
    improvement: Improvement
    kpi: Kpi
    good: Direction
    windows: Windows
    now: datetime

    def at(self, since: datetime, until: datetime) -> Question:
        """The question about its figure in a period."""
        return Question(self.kpi, since, until, None, self.filters, self.now)

    @property
    def filters(self) -> dict[str, str | None]:
        """What it is about; empty text asks for where a dimension is absent."""
        return {name: value or None for name, value in self.improvement.filters.items()}


def look(tenant: str, improvement: Improvement, windows: Windows | None, now: datetime) -> Look | None:
    """The question that an improvement asks; None where it is about no figure, or one that is no more."""
    kpi, way = KPIS.get(improvement.kpi or ""), good(improvement)
    if kpi is None or way is None:
        return None
    return Look(tenant, improvement, kpi, way, windows or improvement.windows, now)


async def baseline(db: Database, tenant: str, improvement: Improvement, now: datetime) -> Baseline | None:
    """Its figure of the days before `now`; None where nothing is known of it."""
    asking = look(tenant, improvement, None, now)
    if asking is None:
        return None
    since = now - timedelta(days=improvement.windows.longest_days)
    found = (await figures.answer(db, tenant, asking.at(since, now))).whole
    return None if found.value is None else Baseline(float(found.value), found.n, since, now, measured=True)


async def effect(
    db: Database, tenant: str, improvement: Improvement, now: datetime, windows: Windows | None = None
) -> Measured | None:
    """What became of its figure since it was implemented; None where it is about none."""
    asking = look(tenant, improvement, windows, now)
    if asking is None:
        return None
    ended = improvement.implemented_at or now
    began, known = improvement.started_at or ended, await known_since(db, asking)
    chosen = compared(asking.windows, began, ended, now, known)
    (before, then), (after, since) = [await observed(db, asking, window) for window in chosen]
    kind = scale(asking.kpi)
    found = measure(kind, asking.good, then, since) if kind else None
    if found is not None:
        before, after = replace(before, level=found.before.level), replace(after, level=found.after.level)
    return measured(found, asking.kpi.slug, asking.good, before, after, improvement.target, now)


async def known_since(db: Database, asking: Look) -> datetime | None:
    """When the first fact of its figure was complete, whatever its dimensions: before, nobody told us."""
    m = measurement.c
    if asking.kpi.at_moment or asking.kpi.of_services:
        return None
    first = Compiled(select(func.min(m.at)).where(m.tenant == TENANT, one_of(m.measure, asking.kpi.measures)))
    found: datetime | None = await db.fetchval(first.sql, *first.args({"tenant": asking.tenant}))
    return found


async def observed(db: Database, asking: Look, window: Window) -> tuple[Side, list[Day]]:
    """One of the two times: the figure by its own formula, and its days."""
    midnights = window.midnights(zone(asking.windows.zone))
    since, until = midnights[0], midnights[-1]
    if since == until:
        return Side(since, until, 0, 0, None, None), []
    whole = (await figures.answer(db, asking.tenant, asking.at(since, until))).whole
    value = None if whole.value is None else float(whole.value)
    kind, filters = scale(asking.kpi), asking.filters
    found: dict[int, Day] = {}
    if kind is not None:
        statement = days(asking.kpi, kind, tuple(sorted(filters)))
        values: dict[str, Any] = {f"only_{name}": only for name, only in filters.items()}
        values |= {"tenant": asking.tenant, "since": since, "until": until, "midnights": midnights}
        rows = await db.fetch(statement.sql, *statement.args(values))
        found = {row["day"]: Day(row["n"], row["total"]) for row in rows}
    series = [found.get(day, Day(0, 0.0)) for day in range(1, len(midnights))]
    return Side(since, until, window.days, whole.n, None, value), series


@lru_cache(256)
def days(kpi: Kpi, kind: Scale, filters: tuple[str, ...]) -> Compiled:
    """Rows (day, n, total) of a figure's facts between `midnights`, days counted from 1; see `Scale`."""
    facts = asked(kpi, filters).subquery()
    value = cast(facts.c.value, Float) / (SECOND if kpi.in_seconds else 1)
    total: ColumnElement[Any] = func.sum(value)
    if kind == "time":
        # What claims to take less than a second has no logarithm, or one that drowns the others.
        total = func.sum(func.ln(func.greatest(value, 1.0)))
    elif kpi.kind in ("count", "frequency"):
        total = cast(func.count(), Float)
    day = func.width_bucket(facts.c.at, MIDNIGHTS).label("day")
    return Compiled(select(day, func.count().label("n"), total.label("total")).group_by("day"))

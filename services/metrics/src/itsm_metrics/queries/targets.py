"""Reading the figures of targets, and the targets, as scorecards too."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, find
from itsm_chassis.store.timeline import Found, Place, page_of
from itsm_sla.zone import zone
from sqlalchemy import Table

from itsm_metrics.queries import figures
from itsm_metrics.queries.question import Question
from itsm_metrics.queries.snapshot import snapshot
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.target import Reading, SuccessFactor, Target, belongs
from itsm_metrics.rules.target_period import periods
from itsm_metrics.tables import target
from itsm_metrics.tables.targets import SUCCESS_FACTOR, TARGET

TREND: Final = 6
"""Periods."""
ROUND: Final = timedelta(minutes=15)
"""How often the timer evaluates."""
TIMELINE: Final = page_of()
ACTIVE: Final = "SELECT card FROM target WHERE tenant = $1 AND status = 'active' ORDER BY key"
FACTORS: Final = "SELECT card FROM success_factor WHERE tenant = $1 AND key = ANY($2::text[]) ORDER BY key"
DUE: Final = """
SELECT DISTINCT t.tenant FROM target t LEFT JOIN target_round r ON r.tenant = t.tenant
WHERE t.status = 'active' AND (r.evaluated_at IS NULL OR r.evaluated_at <= $1) ORDER BY t.tenant
"""


class Line(NamedTuple):
    """A target on a scorecard, with its figure of the last periods where that was asked for."""

    target: Target
    trend: Sequence[Reading] | None


class Section(NamedTuple):
    """A critical success factor, and the targets that serve it."""

    factor: SuccessFactor
    lines: Sequence[Line]


async def readings(db: Database, tenant: str, target: Target, now: datetime, count: int) -> list[Reading]:
    """Its figure of the last periods, the oldest first; none where there is no such figure any more."""
    kpi = KPIS.get(target.kpi)
    if kpi is None:
        return []
    filters = {name: value or None for name, value in target.filters.items()}
    found = []
    for since, until in periods(target.period, target.days, zone(target.zone), now, count):
        asked = Question(kpi, since, until, None, filters, now, target.zone)
        whole = (await figures.answer(db, tenant, asked)).whole
        value = None if whole.value is None else float(whole.value)
        found.append(Reading(value, whole.n, since, until, asked.address("records")))
    return found


async def reading(db: Database, tenant: str, now: datetime, target: Target) -> Reading | None:
    """Its figure of the last period; None where there is no such figure any more."""
    return next(iter(await readings(db, tenant, target, now, 1)), None)


async def due(db: Database, now: datetime) -> list[str]:
    """The tenants whose targets are to be evaluated now."""
    return [row["tenant"] for row in await db.fetch(DUE, now - ROUND)]


async def scorecard(
    db: Database, ctx: Context, service: str | None, business_unit: str | None, trend: bool
) -> list[Section]:
    """The critical success factors of a service, a business unit or the whole; all of one moment."""
    async with snapshot(db) as moment:
        known = [TARGET.validate_json(row["card"]) for row in await moment.fetch(ACTIVE, ctx.tenant)]
        mine = [each for each in known if belongs(each, service, business_unit)]
        lines = []
        for each in mine:
            past = await readings(moment, ctx.tenant, each, ctx.now, TREND) if trend else None
            lines.append(Line(each, past))
        keys = sorted({each.success_factor for each in mine})
        rows = await moment.fetch(FACTORS, ctx.tenant, keys)
    factors = [SUCCESS_FACTOR.validate_json(row["card"]) for row in rows]
    return [
        Section(factor, [line for line in lines if line.target.success_factor == factor.key])
        for factor in factors
    ]


async def named(db: Database, ctx: Context, table: Table, reference: str) -> Card:
    """A success factor or a target, by its id or its key."""
    return await find(db, ctx, table, reference, name="key")


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened to a target."""
    identity = TARGET.validate_json((await named(db, ctx, target, reference)).text).id
    rows, after = await timelines.page(db, ctx.tenant, identity, TIMELINE, limit, start)
    return [timelines.happening(row) for row in rows], after

"""Reading the figures that findings are made of, and the findings."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from itsm_chassis.errors import Missing
from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card, load
from itsm_chassis.store.timeline import Found, Place, page_of
from sqlalchemy import Table

from itsm_metrics.queries import figures
from itsm_metrics.queries.question import Question, Result
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.watching import WANTED, Reading, Sighting, sightings
from itsm_metrics.tables import finding
from itsm_metrics.tables.findings import policy_of

TIMELINE: Final = page_of()
TENANTS: Final = """
SELECT DISTINCT s.tenant, w.scanned_at FROM source s LEFT JOIN watch_scan w ON w.tenant = s.tenant
ORDER BY s.tenant
"""


async def look(db: Database, tenant: str, now: datetime) -> list[Sighting]:
    """What the rules see in the figures of the policy's days; a figure that is not known here is silent."""
    policy = await policy_of(db, tenant)
    since = now - timedelta(days=policy.period_days)
    readings: dict[str, dict[str, Reading]] = {}
    for slug, dimension in WANTED.items():
        kpi = KPIS.get(slug)
        if kpi is not None and dimension in kpi.dimensions:
            asked = Question(kpi, since, now, dimension, {}, now)
            found = await figures.answer(db, tenant, asked)
            groups = ((each.key, reading(asked, each, dimension)) for each in found.groups)
            readings[slug] = {key: read for key, read in groups if key is not None and read is not None}
    return sightings(policy, readings)


def reading(asked: Question, group: Result, dimension: str) -> Reading | None:
    """A group's figure; None where it has no value."""
    if group.value is None:
        return None
    p90 = group.quantiles["p90"] if group.quantiles else None
    records = asked.address("records", **{dimension: group.key})
    return Reading(group.n, float(group.value), p90, asked.since, asked.until, records)


async def due(db: Database, now: datetime) -> list[tuple[str, datetime]]:
    """The tenants whose figures are to be scanned now, and since when a scan would be one too many."""
    found = []
    for tenant, scanned_at in await db.fetch(TENANTS):
        policy = await policy_of(db, tenant)
        before = now - timedelta(seconds=policy.scan_every_s)
        if policy.scan_every_s and (scanned_at is None or scanned_at <= before):
            found.append((tenant, before))
    return found


async def one(db: Database, ctx: Context, table: Table, identity: UUID) -> Card:
    """A finding, or an edition of the policy."""
    found = await load(db, table, ctx.tenant, identity)
    if found is None:
        raise Missing(table.name.replace("_", " "))
    return found


async def timeline(db: Database, ctx: Context, identity: UUID, limit: int, start: Place | None) -> Found:
    """A page of what happened to a finding."""
    await one(db, ctx, finding, identity)
    rows, after = await timelines.page(db, ctx.tenant, identity, TIMELINE, limit, start)
    return [timelines.happening(row) for row in rows], after

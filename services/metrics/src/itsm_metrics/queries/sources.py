"""How far each source has been heard."""

from datetime import datetime
from typing import NamedTuple

from itsm_chassis.store.database import Database

from itsm_metrics.rules.kpis.kpi import Kpi

SOURCES = """
SELECT source, sum(events)::bigint AS events, max(last_position) AS last_position,
       max(last_recorded_at) AS last_recorded_at,
       (array_agg(extract(epoch FROM applied_at - last_recorded_at)::float8
                  ORDER BY last_recorded_at DESC))[1] AS lag_s
FROM source WHERE tenant = $1 GROUP BY source ORDER BY source
"""


class Heard(NamedTuple):
    """One source: distinct events kept, the highest outbox position, and how late its newest event was."""

    source: str
    events: int
    last_position: int | None
    last_recorded_at: datetime
    lag_s: float


async def heard(db: Database, tenant: str) -> list[Heard]:
    """Every source that this tenant's events came from."""
    return [Heard(**row) for row in await db.fetch(SOURCES, tenant)]


FRESH = """
SELECT newest.source, event.time AS event_time, newest.recorded_at, newest.lag_s
FROM (
    SELECT DISTINCT ON (source) source, resource, last_recorded_at AS recorded_at,
           extract(epoch FROM applied_at - last_recorded_at)::float8 AS lag_s
    FROM source WHERE tenant = $1 AND resource = ANY($2::text[])
    ORDER BY source, last_recorded_at DESC
) AS newest, LATERAL (
    SELECT max(time) AS time FROM raw_event
    WHERE tenant = $1 AND resource = newest.resource AND recorded_at = newest.recorded_at
      AND source = newest.source
) AS event
ORDER BY newest.source
"""


class Fresh(NamedTuple):
    """One source behind a figure: when its newest event happened, was recorded, and how late it came here."""

    source: str
    event_time: datetime | None
    recorded_at: datetime
    lag_s: float | None


async def freshness(db: Database, tenant: str, kpi: Kpi) -> list[Fresh]:
    """Every source that the figure's events came from."""
    return [Fresh(**row) for row in await db.fetch(FRESH, tenant, list(kpi.resources))]

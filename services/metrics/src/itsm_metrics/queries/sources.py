"""How far each source has been heard."""

from datetime import datetime
from typing import NamedTuple

from itsm_chassis.store.database import Database

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

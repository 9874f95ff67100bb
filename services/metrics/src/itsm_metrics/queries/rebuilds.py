"""How a rebuild stands, and what it proved of one tenant's facts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from asyncpg import Record
from itsm_chassis.errors import Missing
from itsm_chassis.store.database import Database

STANDING = """
SELECT rebuild.*, count(proof.rebuild) AS compared,
       count(*) FILTER (WHERE before IS DISTINCT FROM after) AS differing,
       md5(string_agg(coalesce(before, ''), ' ' ORDER BY facts, measure, month)) AS before,
       md5(string_agg(coalesce(after, ''), ' ' ORDER BY facts, measure, month)) AS after
FROM rebuild LEFT JOIN proof ON proof.rebuild = rebuild.id AND proof.tenant = $2
WHERE rebuild.id = $1 GROUP BY rebuild.id
"""
PROVED = """
SELECT facts, measure, to_char(month, 'YYYY-MM') AS month, rows_before, rows_after, before, after, records
FROM proof
WHERE rebuild = $1 AND tenant = $2 AND (NOT $3 OR before IS DISTINCT FROM after)
AND (facts, measure, to_char(month, 'YYYY-MM')) > ($4, $5, $6)
ORDER BY facts, measure, month LIMIT $7
"""

Place = Sequence[str]
"""Facts, measure and month: behind which a page begins."""


async def standing(db: Database, tenant: str, rebuild: UUID) -> Record:
    """The rebuild, with what its proof comes to; `Missing` where there is none."""
    found = await db.fetchrow(STANDING, rebuild, tenant)
    if found is None:
        raise Missing("rebuild")
    return found


async def proved(
    db: Database, tenant: str, rebuild: UUID, after: Place, limit: int, *, differing: bool
) -> list[dict[str, Any]]:
    """A page of the proof; only what differed, if so asked."""
    return [dict(row) for row in await db.fetch(PROVED, rebuild, tenant, differing, *after, limit)]

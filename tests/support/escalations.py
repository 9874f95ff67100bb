"""Escalation rules as a manager sends them, and thresholds brought to them without a broker."""

import asyncio
import sys
from typing import Any

from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Database
from itsm_incident.consumers import ESCALATIONS, THRESHOLDS, escalate

ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
"""As the chassis's consumer holds it."""

SAID = "SELECT envelope FROM event WHERE type = ANY($1::text[]) ORDER BY recorded_at, subject, sequence"


def rule(key: str = "late", threshold: int = 100, **actions: Any) -> dict[str, Any]:
    """A rule for the clocks that resolve; without actions it raises a flag."""
    return {
        "key": key,
        "name": f"Rule {key}",
        "match": {"threshold": threshold, "measure": "resolve"},
        "actions": actions or {"flag": {"level": 1}},
    }


async def reached(db: Database) -> list[Received]:
    """Every threshold that was said of a clock."""
    rows = await db.fetch(SAID, list(THRESHOLDS))
    return [decode(row["envelope"].encode(), None) for row in rows]


async def hear(db: Database, events: list[Received]) -> None:
    """One batch, in one transaction."""
    async with db.transaction() as conn:
        await conn.execute(ALONE, ESCALATIONS)
        await escalate(conn, events)
    db.committed.set()


async def escalations(db: Database) -> None:
    """Let the rules hear every threshold, again or not: that must not matter."""
    await hear(db, await reached(db))


async def main(url: str) -> None:
    """`python -m support.escalations DATABASE_URL`: every threshold in small batches, over and over."""
    db = Database(url)
    await db.open()
    while True:
        events = await reached(db)
        for start in range(0, len(events), 10):
            await hear(db, events[start : start + 10])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""Telling metrics something without a broker, and looking at what it made of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.database import Database
from itsm_metrics.projections.apply import apply
from itsm_metrics.projections.rebuilding import ask, carry_out
from support.incident_events import Story, at

Rows = dict[str, list[tuple[Any, ...]]]

TABLES = {
    "measurement": "SELECT * FROM measurement WHERE tenant = $1 ORDER BY subject, measure, ordinal",
    "span": "SELECT * FROM span WHERE tenant = $1 ORDER BY subject, kind, ordinal",
    "term": "SELECT * FROM term WHERE tenant = $1 ORDER BY subject, ordinal",
    "suspicion": "SELECT * FROM suspicion WHERE tenant = $1 ORDER BY subject",
    "deployed": "SELECT * FROM deployed WHERE tenant = $1 ORDER BY subject",
}


async def hear(db: Database, events: Sequence[Received], now: datetime | None = None) -> None:
    """Apply one batch."""
    async with db.transaction() as conn:
        await apply(conn, events, now or at(0))


async def hear_stories(db: Database, *stories: Story) -> None:
    """Apply all that they tell, as one batch."""
    await hear(db, [event for story in stories for event in story.told])


async def rebuild(db: Database) -> UUID:
    """Ask for a rebuild and carry it out."""
    asked = await ask(db, at(0))
    await carry_out(db)
    assert await db.fetchval("SELECT state FROM rebuild WHERE id = $1", asked) == "done"
    return asked


async def facts(db: Database, tenant: str) -> Rows:
    """Everything folded of one tenant, in the order of the keys."""
    return {name: [tuple(row) for row in await db.fetch(sql, tenant)] for name, sql in TABLES.items()}


async def kpi(client: httpx2.AsyncClient, slug: str, **asked: str | datetime) -> Any:
    """The answer about a figure; by default of the two years around the stories' start."""
    period: dict[str, Any] = {"from_": "2025-03-01T00:00:00Z", "to": "2027-03-01T00:00:00Z", **asked}
    answer = await client.get(f"/v1/kpis/{slug}?{query(period.items())}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def query(items: Iterable[tuple[str, Any]]) -> str:
    """A query string; `from_` is written from, times with their offset."""
    written = [(name.rstrip("_"), v.isoformat() if isinstance(v, datetime) else v) for name, v in items]
    return urlencode(written)

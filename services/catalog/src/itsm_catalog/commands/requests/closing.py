"""Closing by itself what was fulfilled some days ago."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform

from itsm_catalog.commands.requests.recording import REQUEST, answer, request_from, work
from itsm_catalog.rules.requests import closing

BATCH: Final = 200
ACTOR: Final = "system:auto-close"
DUE: Final = """
SELECT tenant, card FROM service_request
WHERE closing_from <= $1 AND (reopen_until IS NULL OR reopen_until <= $2) ORDER BY closing_from LIMIT $3
"""


async def close_due(db: Database, days: float, now: datetime) -> int:
    """Close every request whose time is up; the number closed. Two workers at once do no harm: the version
    decides, and the loser finds it closed.
    """
    if not days:
        return 0
    total, batch = 0, BATCH
    while batch == BATCH:
        rows = await db.fetch(DUE, now - timedelta(days=days), now, BATCH)
        batch = sum([await close_one(db, row["tenant"], row["card"], days, now) for row in rows])
        total += batch
    return total


async def close_one(db: Database, tenant: str, card: str, days: float, now: datetime) -> int:
    """Close one; 0 where somebody has touched it since."""
    before = request_from(card)
    ctx = Context(tenant, ACTOR, frozenset({"service"}), now)

    async def decide() -> Decision:
        event = closing.due(before, days, now)
        if event is None:
            return [], answer(before)
        return [work(ctx, REQUEST, [event])], answer(event.state)

    try:
        await perform(db, replace(ctx, expected=before.version), decide)
    except (Stale, Refused):
        return 0
    return 1

"""Closing by itself what was resolved some days ago."""

from dataclasses import replace
from datetime import datetime, timedelta

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.tables import shown
from sqlalchemy import bindparam, select

from itsm_incident.commands.recording import answer, changed
from itsm_incident.rules import card, closing
from itsm_incident.tables import incident

BATCH = 200
DUE = Compiled(
    select(incident.c.tenant, shown(incident))
    .where(incident.c.closing_from <= bindparam("before"))
    .order_by(incident.c.closing_from)
    .limit(BATCH)
)
ACTOR = "system:auto-close"


async def close_due(db: Database, days: float, now: datetime) -> int:
    """Close every incident whose time is up; the number closed. Two workers at once do no harm:
    the version decides, and the loser finds it closed.
    """
    if not days:
        return 0
    total, batch = 0, BATCH
    while batch == BATCH:
        rows = await db.fetch(DUE.sql, *DUE.args({"before": now - timedelta(days=days)}))
        batch = sum([await close_one(db, row["tenant"], row["card"], days, now) for row in rows])
        total += batch
    return total


async def close_one(db: Database, tenant: str, text: str, days: float, now: datetime) -> int:
    """Close one; 0 where somebody has touched it since."""
    before = card.read(text)
    ctx = Context(tenant, ACTOR, frozenset({"service"}), now)

    async def decide() -> Decision:
        event = closing.due(before, days, now)
        if event is None:
            return [], answer(before)
        return [changed(ctx, [event])], answer(event.state)

    try:
        await perform(db, replace(ctx, expected=before.version), decide)
    except (Stale, Refused):
        return 0
    return 1

"""Working out conflicts and risk of what is marked: stored and said in one transaction per change.

A conflict between two changes is a fact about both, so settling one of them writes the rows of both. Only one
process settles at a time; another takes over when it ends.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import structlog
from itsm_chassis.store.context import Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.work import Fact, fact
from itsm_events.change_risk import ChangeRiskAssessed

from itsm_change.projections import marking
from itsm_change.projections.conflict_rows import compared, known, write
from itsm_change.rules import card
from itsm_change.rules.change import Change
from itsm_change.rules.conflicts import PLANNED, Booking, Conflict, conflicts
from itsm_change.rules.risk import Risk
from itsm_change.tables.risks import risk_of
from itsm_change.tables.scenery import Scene, scene

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection, Database

SOURCE: Final = "change"
ACTOR: Final = "itsm-change"
"""Who is said to have found out: nobody in person."""

ALONE: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('itsm.change.settling', 0))"
NEXT: Final = (
    "SELECT id, tenant, version, card, marks FROM assessment WHERE due_at <= $1 ORDER BY due_at LIMIT 1"
)
STATE: Final = "SELECT card FROM change WHERE id = $1"
ROWS: Final = "SELECT id, version, card FROM conflict WHERE change_id = $1 OR other_id = $1"
SHOWN: Final = """
UPDATE change SET card = $3, risk_band = $4, has_conflicts = $5 WHERE id = $1 AND version = $2
"""
SETTLED: Final = """
UPDATE assessment SET version = $2, card = $3, due_at = CASE WHEN marks = $4 THEN $5 ELSE due_at END
WHERE id = $1
"""
PUT_OFF: Final = "UPDATE assessment SET due_at = $2 WHERE id = $1"
AGAIN: Final = timedelta(minutes=5)
DAILY: Final = timedelta(days=1)
"""What failed 91 days ago counts no more: an open change is looked at every day."""

log = structlog.get_logger(__name__)


async def settle(db: "Database", now: Callable[[], datetime]) -> bool:
    """Settle one change that is due; False where none is, or where another process is at it."""
    due: Any = None
    try:
        async with db.transaction() as conn:
            if not await conn.fetchval(ALONE):
                return False
            due = await conn.fetchrow(NEXT, now())
            if due is None:
                return False
            await settle_one(conn, due, now())
    except Exception:  # one change must not keep the others from being settled
        if due is None:
            raise
        log.exception("a change could not be assessed; tried again in 5 minutes", change=str(due["id"]))
        await db.execute(PUT_OFF, due["id"], now() + AGAIN)
        return True
    db.committed.set()
    return True


async def settle_one(conn: "Connection[Any]", due: Any, now: datetime) -> None:
    """One change: its conflicts, those that others have with it, and its risk."""
    ctx = Context(due["tenant"], ACTOR, frozenset(), now)
    state = card.read(await conn.fetchval(STATE, due["id"]))
    seen = await scene(conn, ctx.tenant, state, PLANNED)
    stored = known(await conn.fetch(ROWS, due["id"]))
    steps = compared(found(seen), stored)
    facts = await write(conn, ctx, steps)
    kept, version = due["card"], due["version"]
    if state.status in PLANNED:
        risk = await risk_of(conn, ctx.tenant, state, now, seen)
        if kept is None or differs(json.loads(kept), risk):
            kept, version = json.dumps(asdict(risk), ensure_ascii=False), version + 1
            facts.append(told(ctx, state, risk, version))
        state = replace(state, risk_score=risk.score, risk_band=risk.band)
    await conn.execute(SHOWN, due["id"], state.version, card.write(state), state.risk_band, bool(seen.found))
    if facts:
        await say(conn, facts)
    others = {UUID(step.form["change_id"]) for step in steps} - {due["id"]}
    await marking.mark(conn, ctx.tenant, others)
    after = now + DAILY if state.status in PLANNED else None
    await conn.execute(SETTLED, due["id"], version, kept, due["marks"], after)


def found(seen: Scene) -> dict[UUID, tuple[Booking, Conflict]]:
    """Every conflict of a change, and every one that others have with it, by its id."""
    if seen.booking is None:
        return {}
    wanted = {each.id: (seen.booking, each.conflict) for each in seen.found}
    for other in seen.others:
        for each in conflicts(other, [seen.booking], (), (), seen.graph):
            wanted[each.identity(other.id)] = (other, each)
    return wanted


def differs(kept: Any, risk: Risk) -> bool:
    """Whether it is worth saying."""
    return bool(
        (kept["score"], kept["band"], kept["model_version"]) != (risk.score, risk.band, risk.model_version)
    )


def told(ctx: Context, state: Change, risk: Risk, version: int) -> Fact:
    """The event of a risk that is another than before."""
    said = ChangeRiskAssessed.model_validate({"change": state.id, "number": state.number, **asdict(risk)})
    owner = UUID(state.id)
    return fact(ctx, SOURCE, said, subject=uuid5(owner, "risk"), sequence=version, record=owner)

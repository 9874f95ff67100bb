"""Steps whose time to vote is over: each is refused once, however many replicas look."""

from datetime import datetime
from uuid import UUID

from itsm_chassis.errors import Missing, Refused, Stale
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from sqlalchemy import bindparam, select

from itsm_change.commands import approving
from itsm_change.commands.recording import changed
from itsm_change.commands.voting import followed, pending
from itsm_change.rules.approval import ended
from itsm_change.tables import approval

BATCH = 200
DUE = Compiled(
    select(approval.c.tenant, approval.c.id)
    .where(approval.c.status == "pending", approval.c.expires_at <= bindparam("now"))
    .order_by(approval.c.expires_at)
    .limit(BATCH)
)
ACTOR = "system:approval-expiry"


async def expire_due(db: Database, now: datetime) -> int:
    """Expire every step whose time is up; the number expired. The steps' versions decide between replicas."""
    total, batch = 0, BATCH
    while batch == BATCH:
        rows = await db.fetch(DUE.sql, *DUE.args({"now": now}))
        batch = sum([await expire(db, row["tenant"], row["id"], now) for row in rows])
        total += batch
    return total


async def expire(db: Database, tenant: str, identity: UUID, now: datetime) -> int:
    """Expire one; 0 where it was decided meanwhile."""
    ctx = Context(tenant, ACTOR, frozenset({"service"}), now)
    done = 0

    async def decide() -> Decision:
        nonlocal done
        done = 0
        step, state = await pending(db, ctx, identity)
        if step.status != "pending" or step.expires_at is None or step.expires_at > now:
            return [], Answer(200, "")
        done = 1
        after = ended(step, "expired", step.expires_at)
        events, works = await followed(db, ctx, state, "expired", after)
        moved = [changed(ctx, events)]
        return [*moved, approving.stepped(ctx, "expired", after), *works], Answer(200, "")

    try:
        await perform(db, ctx, decide)
    except (Missing, Stale, Refused):
        return 0
    return done

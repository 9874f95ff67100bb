"""The timekeeper: sleeps until the next deadline, tells which promise is broken, ends the steps expired."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from itsm_chassis import clock
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import write
from itsm_chassis.store.work import Work

from itsm_catalog.commands.requests import offers
from itsm_catalog.commands.requests.recording import APPROVAL, REQUEST, approval_from, request_from, work
from itsm_catalog.rules.requests import approval, lifecycle
from itsm_catalog.rules.requests.lifecycle import Transition

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

SHORTEST_S: Final = 0.02
LONGEST_S: Final = 0.5
"""How long a deadline that is set meanwhile may wait to be seen, and one that another replica has left."""

BATCH: Final = 100
ACTOR: Final = "system:timekeeper"
UNSAID: Final = Answer(200, "")

NEXT: Final = """
SELECT least((SELECT min(breach_at) FROM service_request),
    (SELECT min(expires_at) FROM approval WHERE status = 'pending'))
"""
BREACHED: Final = """
SELECT tenant, card FROM service_request r WHERE breach_at < $1 AND NOT EXISTS (
    SELECT 1 FROM approval a WHERE a.record = r.id AND a.status = 'pending' AND a.expires_at <= r.breach_at)
ORDER BY breach_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
"""A step that expires first rejects the request: then nothing is late."""

EXPIRED: Final = """
SELECT a.tenant, a.card AS step, r.card FROM approval a JOIN service_request r ON r.id = a.record
WHERE a.status = 'pending' AND a.expires_at <= $1
ORDER BY a.expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""

log = structlog.get_logger(__name__)

Decide = Callable[["Connection[Any]", Context, Any], Awaitable[list[Work]]]


class Timekeeper:
    """One per process; any number of them may work on one database: each takes rows that no other holds."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        """`now` is the time source: where it stands still nothing falls due, and nothing twice."""
        self._now = now

    async def run(self, db: Database) -> None:
        """Settle for ever."""
        while True:
            settled = await self.settle(db)
            due = await db.fetchval(NEXT)
            wait = (due - self._now()) / timedelta(seconds=1) if due else LONGEST_S
            # What is due and was not settled is in other hands, or failed: no reason to rush.
            stuck = wait < -SHORTEST_S and not settled
            await asyncio.sleep(LONGEST_S if stuck else min(max(wait, SHORTEST_S), LONGEST_S))

    async def settle(self, db: Database) -> int:
        """Settle everything that is due now; how many facts that were."""
        return await self._each(db, EXPIRED, expired) + await self._each(db, BREACHED, breached)

    async def _each(self, db: Database, due: str, decide: Decide) -> int:
        total = 0
        while count := await self._batch(db, due, decide):
            total += count
            db.committed.set()
        return total

    async def _batch(self, db: Database, due: str, decide: Decide) -> int:
        settled, now = 0, self._now()
        async with db.transaction() as conn:
            for row in await conn.fetch(due, now, BATCH):
                ctx = Context(row["tenant"], ACTOR, frozenset({"service"}), now)
                try:
                    async with conn.transaction():
                        for each in await decide(conn, ctx, row):
                            await write(conn, ctx, each, UNSAID, None)
                except Exception:  # one record must not keep the deadlines of all others from being told
                    log.exception("a deadline could not be settled; tried again soon", tenant=ctx.tenant)
                else:
                    settled += 1
        return settled


async def breached(_: "Connection[Any]", ctx: Context, row: Any) -> list[Work]:
    """The promise broken, dated at the deadline."""
    return [work(ctx, REQUEST, lifecycle.caught_up(request_from(row["card"]), ctx.now, ctx.now))]


async def expired(conn: "Connection[Any]", ctx: Context, row: Any) -> list[Work]:
    """The step expired, and the request rejected by it at that moment."""
    request = request_from(row["card"])
    event = approval.expired(approval_from(row["step"]), ctx.now)
    if event is None:
        raise LookupError(f"{request.number} was found as expired, and is not")
    asked = Transition("rejected", rejection_reason=approval.why_refused(event.state))
    calendar = await offers.counting(conn, ctx, request)
    told = lifecycle.move(request, asked, ctx.now, calendar, event.at)
    return [work(ctx, APPROVAL, [event]), work(ctx, REQUEST, told)]

"""The timekeeper: sleeps until the next clock is due, and settles what is."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from itsm_chassis import clock
from itsm_chassis.store.database import Database

from itsm_incident.projections.settling import COUNTED, settle, settle_long

SHORTEST_S: Final = 0.02
"""Below this, sleeping to the point costs many times the CPU and gains nothing."""
LONGEST_S: Final = 0.5
"""How long another replica may have to die for before its incidents are taken over."""
BUSY_S: Final = 0.5
"""So long after a call it looks at once, for what it was called for commits a little later."""

NEXT = """
SELECT least(
    (SELECT min(next_at) FROM clock_set WHERE recount_at IS NULL),
    (SELECT min(recount_at) FROM clock_set))
"""


class Timekeeper:
    """One per process; any number of them may work on one database."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        """`now` is the time source: where it stands still nothing falls due, and nothing twice."""
        self._now = now
        self._bell: asyncio.Event | None = None
        self._busy_until = 0.0

    def call(self) -> None:
        """Something is about to come in: do not sleep."""
        if self._bell is not None:
            self._busy_until = asyncio.get_running_loop().time() + BUSY_S
            self._bell.set()

    async def run(self, db: Database) -> None:
        """Settle for ever."""
        self._bell = asyncio.Event()
        while True:
            await self.settle(db)
            await self._sleep(db, self._bell)

    async def run_long(self, db: Database) -> None:
        """Count long histories for ever, one at a time, beside the others."""
        while True:
            if not await settle_long(db, self._now()):
                await asyncio.sleep(LONGEST_S)

    async def settle(self, db: Database) -> int:
        """Settle everything that is due now; how many incidents that were."""
        total = 0
        while True:
            async with db.transaction() as conn:
                count = await settle(conn, self._now())
            total += count
            if count:
                db.committed.set()
            if count < COUNTED:
                # Few at a time cost much each: what falls due meanwhile is settled together after a nap.
                return total

    async def _sleep(self, db: Database, bell: asyncio.Event) -> None:
        """Until the next one is due, or a call."""
        pause = SHORTEST_S
        if asyncio.get_running_loop().time() >= self._busy_until:
            due = await db.fetchval(NEXT)
            wait = (due - self._now()) / timedelta(seconds=1) if due else LONGEST_S
            pause = min(max(wait, SHORTEST_S), LONGEST_S)
            bell.clear()
        try:
            await asyncio.wait_for(bell.wait(), pause)
        except TimeoutError:
            return
        if pause == SHORTEST_S:
            await asyncio.sleep(SHORTEST_S)

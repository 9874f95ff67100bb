"""The part that settles what is due, one change after the other, for as long as the worker runs."""

import asyncio
from typing import TYPE_CHECKING, Final

from itsm_chassis import clock

from itsm_change.projections.settling import settle

if TYPE_CHECKING:
    from itsm_chassis.store.database import Database

POLL_S: Final = 0.25
"""How long a change that another process has marked may wait before it is seen."""


class Assessor:
    """Wakes when the follower has marked something, and looks around now and then."""

    def __init__(self) -> None:
        """Nothing is marked yet."""
        self._called = asyncio.Event()

    def call(self) -> None:
        """Something was marked; called before its commit, so the next look may come too early."""
        self._called.set()

    async def run(self, db: "Database") -> None:
        """Settle for ever."""
        while True:
            self._called.clear()
            while await settle(db, clock.now):
                pass
            try:
                await asyncio.wait_for(self._called.wait(), POLL_S)
            except TimeoutError:
                continue
            await asyncio.sleep(0.01)  # lets the transaction that called commit

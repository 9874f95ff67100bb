"""The timekeeper of requests as a process: `python -m support.request_deadlines DATABASE_URL HOURS_AHEAD`."""

import asyncio
import sys
from datetime import timedelta

from itsm_catalog.commands.requests.timekeeper import Timekeeper
from itsm_chassis import clock
from itsm_chassis.store.database import Database


async def main(url: str, hours: float) -> None:
    """Settle for ever, as of so many hours from now."""
    db = Database(url)
    await db.open()
    await Timekeeper(lambda: clock.now() + timedelta(hours=hours)).run(db)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))

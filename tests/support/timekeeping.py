"""A timekeeper as a process of its own: `python -m support.timekeeping DATABASE_URL HOURS_AHEAD`."""

import asyncio
import sys

from itsm_chassis.store.database import Database
from itsm_incident.projections.timekeeper import Timekeeper
from support.service_levels import later


async def main(url: str, hours: float) -> None:
    """Settle for ever, as of so many hours from now."""
    db = Database(url)
    await db.open()
    await Timekeeper(lambda: later(hours)).run(db)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))

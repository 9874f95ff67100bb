"""Whether this process can do its work."""

from typing import Literal, Protocol

from prometheus_client import Gauge

from itsm_chassis.errors import Unavailable
from itsm_chassis.run.migrate import pending
from itsm_chassis.store.database import Database

OUTBOX = Gauge("itsm_outbox_events", "Events stored and not yet said on the bus")
PARKED = Gauge("itsm_parked_messages", "Messages set aside; `redrive` applies them again")
UP = Gauge("itsm_part_connected", "1 while a part holds its connection to RabbitMQ", ["part"])
COUNTS = "SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM parked) AS parked"


class Part(Protocol):
    """A relay or a consumer."""

    connected: bool


class Health:
    """Answers /readyz and refreshes the gauges of /metrics."""

    def __init__(self, db: Database, package: str) -> None:
        """`package` is the service's, whose migrations must have run."""
        self.parts: dict[str, Part] = {}
        self._db = db
        self._package = package
        self._migrated = False

    async def ready(self) -> Literal["ready", "degraded"] | None:
        """None until migrated and while PostgreSQL is away; degraded without the broker."""
        try:
            if not await self.migrated():
                return None
            await self._db.fetchval("SELECT 1")
        except Unavailable:
            return None
        return "ready" if all(part.connected for part in self.parts.values()) else "degraded"

    async def migrated(self) -> bool:
        """Whether the database is as new as this code; asked until it once was."""
        if not self._migrated:
            self._migrated = not await pending(self._db, self._package)
        return self._migrated

    async def refresh(self) -> None:
        """Read the gauges from the database, at the moment of the scrape."""
        for name, part in self.parts.items():
            UP.labels(name).set(part.connected)
        if await self.ready() is not None:
            row = await self._db.fetchrow(COUNTS)
            if row is not None:
                OUTBOX.set(row["outbox"])
                PARKED.set(row["parked"])

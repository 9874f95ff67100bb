"""Service levels as the catalog says them, and clocks that follow without a broker."""

from datetime import UTC, datetime, timedelta
from typing import Any

from itsm_chassis import clock
from itsm_chassis.bus.decoding import Received, decode
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_events import Envelope, Event
from itsm_events.calendar import CalendarPublished
from itsm_events.service_level import SlaPolicyActivated, SlaPolicyRetired
from itsm_incident.consumers import BY_TYPE
from itsm_incident.projections import follower
from itsm_incident.projections.timekeeper import Timekeeper

OLD = datetime(2020, 1, 1, tzinfo=UTC)
ROUND = {
    day: [{"opens": "00:00", "closes": "24:00"}] for day in ("monday", "tuesday", "wednesday", "thursday")
}
ROUND |= {day: [{"opens": "00:00", "closes": "24:00"}] for day in ("friday", "saturday", "sunday")}

TOLD = """
SELECT split_part(type, '.', 3) AS what,
    coalesce((envelope::jsonb -> 'data' ->> 'threshold')::int, 0) AS threshold
FROM event WHERE type LIKE 'itsm.sla_clock.' || $1 ORDER BY time, subject, sequence
"""


def calendar(key: str = "always", version: int = 1, **fields: Any) -> Event:
    """A calendar version that is open round the clock."""
    known = {"key": key, "name": key, "version": version, "valid_from": OLD, "issued_at": OLD}
    known |= {name: fields.pop(name) for name in list(fields) if name in known}
    return CalendarPublished.model_validate(
        known | {"calendar": known | {"zone": "UTC", "weekly": ROUND} | fields}
    )


def policy(key: str = "gold", version: int = 1, *, retired: bool = False, **fields: Any) -> Event:
    """A policy version: an hour to respond, four to resolve."""
    known = {"key": key, "name": key, "version": version, "valid_from": OLD, "issued_at": OLD}
    known |= {name: fields.pop(name) for name in list(fields) if name in known}
    targets = [{"measure": "respond", "seconds": 3600}, {"measure": "resolve", "seconds": 4 * 3600}]
    agreed = {"kind": "sla", "calendar": "always", "targets": targets, "thresholds": [50, 75, 90, 100]}
    kind = SlaPolicyRetired if retired else SlaPolicyActivated
    return kind.model_validate(known | {"policy": known | agreed | {"retired": retired} | fields})


def received(said: Event, tenant: str = "acme") -> Received:
    """The event as it comes off the bus."""
    version: int = said.version  # type: ignore[attr-defined]  # every service level has one
    envelope = Envelope(
        id=new_id(),
        source="/itsm/catalog",
        type=said.type,
        subject=new_id(),
        sequence=version,
        time=clock.now(),
        recordedtime=clock.now(),
        tenant=tenant,
        actor="someone",
        data=said.public(tenant),
    )
    return decode(envelope.text().encode(), 1)


async def agree(db: Database, *said: Event, tenant: str = "acme") -> None:
    """Let the incident service hear them."""
    for each in said:
        async with db.transaction() as conn:
            event = received(each, tenant)
            await BY_TYPE[event.envelope.type](conn, event)


async def follow(db: Database) -> None:
    """Let the follower hear every incident event, again or not: that must not matter."""
    rows = await db.fetch("SELECT envelope FROM event WHERE type LIKE 'itsm.incident.%' ORDER BY recorded_at")
    if rows:
        async with db.transaction() as conn:
            await follower.mark(conn, [decode(row["envelope"].encode(), None) for row in rows])


async def settle(db: Database, now: datetime | None = None) -> int:
    """Settle what is due, as of now or of another time."""
    return await Timekeeper(lambda: now or clock.now()).settle(db)


async def told(db: Database, *, kind: str = "%") -> list[tuple[str, int]]:
    """What was said of clocks: (the event, its threshold or 0), in order."""
    rows = await db.fetch(TOLD, kind)
    return [(row["what"], row["threshold"]) for row in rows]


def later(hours: float) -> datetime:
    """So many hours from now."""
    return clock.now() + timedelta(hours=hours)

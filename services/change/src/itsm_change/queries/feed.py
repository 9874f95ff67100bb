"""Who made a link to the calendar, what it shows, and the same as iCalendar (RFC 5545)."""

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from icalendar import Calendar, Event
from itsm_chassis.auth.links import Links
from itsm_chassis.auth.principal import Principal
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_change.queries.calendar import Entry, Wanted, entries
from itsm_change.rules.interval import Interval

BEFORE: Final = timedelta(days=31)
AFTER: Final = timedelta(days=180)
LINK: Final = "SELECT card FROM calendar_link WHERE id = $1 AND tenant = $2 AND NOT revoked"
NAMES: Final = {"change": "Change", "freeze": "Freeze", "maintenance": "Maintenance"}
CERTAIN: Final = frozenset({"scheduled", "implement", "review", "closed", "active"})


def links(settings: Any, db: Database) -> Links:
    """What makes and checks the tokens of links."""

    async def find(tenant: str, link: UUID) -> Principal | None:
        card = await db.fetchval(LINK, link, tenant)
        if card is None:
            return None
        told = json.loads(card)
        return Principal(told["person"], tenant, frozenset(told["roles"]))

    return Links(settings.link_key, find)


async def feed(db: Database, ctx: Context, filters: dict[str, str | None]) -> bytes:
    """The calendar of the weeks before and the months to come."""
    wanted = Wanted(Interval(ctx.now - BEFORE, ctx.now + AFTER), **filters)
    return await asyncio.to_thread(written, await entries(db, ctx, wanted), ctx.now)


async def filters_of(db: Database, ctx: Context, link: UUID) -> dict[str, str | None]:
    """What a link shows."""
    told = json.loads(await db.fetchval(LINK, link, ctx.tenant) or "{}")
    return {name: told.get(name) for name in ("service", "configuration_item", "change_type")}


def written(found: Iterable[Entry], now: datetime) -> bytes:
    """Each entry as an event; an occurrence of what recurs is an event of its own."""
    calendar = Calendar()
    calendar.add("prodid", "-//ITSM suite//change calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Changes")
    for entry in found:
        event = Event()
        occurrence = "" if entry.kind == "change" else f"-{entry.starts_at:%Y%m%dT%H%M%S}"
        event.add("uid", f"{entry.id}{occurrence}")
        event.add("dtstamp", now)
        event.add("dtstart", entry.starts_at)
        event.add("dtend", entry.ends_at)
        event.add("summary", f"{NAMES[entry.kind]} {entry.reference}: {entry.title}")
        event.add("categories", [entry.kind])
        event.add("status", "CONFIRMED" if entry.status in CERTAIN else "TENTATIVE")
        event.add("transp", "TRANSPARENT")
        touched = ", ".join((*entry.services, *entry.configuration_items))
        if touched:
            event.add("description", f"Concerns {touched}.")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made

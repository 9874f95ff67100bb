"""Loading what is ordered: a version of an offering, and the calendar version that counts its delivery."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_sla.calendar import Calendar
from itsm_sla.calendar_form import calendar_from
from pydantic import TypeAdapter

from itsm_catalog.rules.requests.delivery import ROUND_THE_CLOCK
from itsm_catalog.rules.requests.offer import Offer
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_catalog.tables.directory import Reader

WANTED: Final = """
SELECT w.place, o.version AS latest, o.retired, o.service, s.status AS service_status,
    n.recorded_at AS succeeded_at,
    (e.envelope::json -> 'data')::text AS said, (c.envelope::json -> 'data' -> 'calendar')::text AS calendar
FROM unnest($2::text[], $3::int[], $4::timestamptz[]) WITH ORDINALITY AS w (key, version, at, place)
LEFT JOIN offering o ON o.tenant = $1 AND o.key = w.key
LEFT JOIN event e ON e.subject = o.id AND e.sequence = coalesce(w.version, o.version)
LEFT JOIN service s ON s.tenant = $1 AND s.key = coalesce(e.envelope::json -> 'data' ->> 'service', o.service)
LEFT JOIN event n ON n.subject = o.id AND n.sequence = w.version + 1
LEFT JOIN LATERAL (
    SELECT v.envelope FROM calendar k JOIN event v ON v.subject = k.id
    WHERE k.tenant = $1 AND k.key = e.envelope::json -> 'data' ->> 'calendar'
        AND (v.envelope::json -> 'data' ->> 'valid_from')::timestamptz <= w.at
    ORDER BY (v.envelope::json -> 'data' ->> 'valid_from')::timestamptz DESC, v.sequence DESC LIMIT 1
) AS c ON true
ORDER BY w.place
"""
"""Every version is said once and never changes: the events hold them all."""

COUNTING: Final = """
SELECT (e.envelope::json -> 'data' -> 'calendar')::text
FROM calendar k JOIN event e ON e.subject = k.id AND e.sequence = $3 WHERE k.tenant = $1 AND k.key = $2
"""
OFFER: Final = TypeAdapter(Offer)


@dataclass(frozen=True, slots=True)
class Found:
    """An offering as it is wanted: None where there is no such offering, or no such version of it.

    `succeeded_at` is when the version after it was issued; `live` whether its service is in the catalogue,
    `service` the one of the latest version.
    """

    offer: Offer | None
    calendar: Calendar
    latest: int | None = None
    retired: bool = False
    live: bool = False
    succeeded_at: datetime | None = None
    service: str | None = None


@lru_cache(256)
def offer_of(said: str) -> Offer:
    """The offering behind its event's data."""
    return OFFER.validate_json(said)


@lru_cache(64)
def calendar_of(form: str) -> Calendar:
    """The calendar behind its form; it keeps the openings that it has computed."""
    return calendar_from(json.loads(form))


async def wanted(db: Reader, tenant: str, items: Sequence[tuple[str, int | None, datetime]]) -> list[Found]:
    """Each offering by key and version (None for the latest), with the calendar version valid at a moment."""
    rows = await db.fetch(WANTED, tenant, *map(list, zip(*items, strict=True)))
    return [
        Found(
            offer_of(row["said"]) if row["said"] else None,
            calendar_of(row["calendar"]) if row["calendar"] else ROUND_THE_CLOCK,
            row["latest"],
            bool(row["retired"]),
            row["service_status"] in ("live", "retiring"),
            row["succeeded_at"],
            row["service"],
        )
        for row in rows
    ]


async def ordered(db: Database, ctx: Context, request: ServiceRequest) -> Offer:
    """The version that a request ordered; it was there at the submission, and stays."""
    [found] = await wanted(db, ctx.tenant, [(request.offering, request.offering_version, ctx.now)])
    if found.offer is None:
        raise LookupError(
            f"{request.number} orders {request.offering} {request.offering_version}: it is gone"
        )
    return found.offer


async def counting(db: Reader, ctx: Context, request: ServiceRequest) -> Calendar:
    """The calendar version by which a request's delivery is counted."""
    clock = request.delivery
    if clock.calendar is None:
        return ROUND_THE_CLOCK
    form = await db.fetchval(COUNTING, ctx.tenant, clock.calendar, clock.calendar_version)
    if form is None:
        raise LookupError(
            f"{request.number} is counted by {clock.calendar} {clock.calendar_version}: it is gone"
        )
    return calendar_of(form)

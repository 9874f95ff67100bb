"""Reads of the portfolio: next states, timelines, and what it costs, earns and is asked for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final

from itsm_chassis.store import timeline as timelines
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import find
from itsm_chassis.store.timeline import Found, Place, page_of

from itsm_catalog.rules.portfolio import ENDED, PortfolioService
from itsm_catalog.rules.service_lifecycle import available
from itsm_catalog.rules.weighing import Asked, Window, stepped, weight
from itsm_catalog.tables import service
from itsm_catalog.tables.surroundings import around, read

TIMELINE: Final = page_of()
SERVICES: Final = "SELECT card FROM service WHERE tenant = $1 ORDER BY name, id"
UNITS: Final = "SELECT key, name FROM business_unit WHERE tenant = $1"
SUMS: Final = """
SELECT service, kind, sum(count)::int AS count FROM demand
WHERE tenant = $1 AND month >= $2 AND month < $3 GROUP BY service, kind
"""
MONTHS: Final = """
SELECT month, kind, count FROM demand WHERE tenant = $1 AND service = $2 AND month >= $3 AND month < $4
"""
OF_A_SERVICE: Final = (
    "key",
    "name",
    "status",
    "owner",
    "business_unit",
    "customers",
    "criticality",
    "business_value",
    "currency",
)


async def one(db: Database, ctx: Context, reference: str) -> PortfolioService:
    """A service by id or key; raises Missing."""
    return read((await find(db, ctx, service, reference, name="key")).text)


async def transitions(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The other states, whether each can be entered now, and what stands in the way."""
    found = await one(db, ctx, reference)
    return {"status": found.status, "items": available(found, await around(db, ctx.tenant, found))}


async def timeline(db: Database, ctx: Context, reference: str, limit: int, start: Place | None) -> Found:
    """A page of what happened to a service."""
    found = await one(db, ctx, reference)
    rows, after = await timelines.page(db, ctx.tenant, found.id, TIMELINE, limit, start)
    return [timelines.happening(row) for row in rows], after


async def demand(db: Database, ctx: Context, reference: str, months: Window) -> list[dict[str, Any]]:
    """Requests and incidents of a service, month by month, the empty ones too."""
    key = (await one(db, ctx, reference)).key
    rows = await db.fetch(MONTHS, ctx.tenant, key, months.first, months.until)
    counts = {(row["month"], row["kind"]): row["count"] for row in rows}
    each = (stepped(months.first, n) for n in range(months.months))
    return [
        {
            "month": f"{month:%Y-%m}",
            "requests": counts.get((month, "request"), 0),
            "incidents": counts.get((month, "incident"), 0),
        }
        for month in each
    ]


async def asked(
    db: Database, ctx: Context, months: Window, wanted: Mapping[str, Any], customer: str | None
) -> list[Asked]:
    """The services that match, each with its demand; by default those that have not ended."""
    services = [read(row["card"]) for row in await db.fetch(SERVICES, ctx.tenant)]
    sums = await db.fetch(SUMS, ctx.tenant, months.first, months.until)
    counts = {(row["service"], row["kind"]): row["count"] for row in sums}
    return [
        Asked(each, counts.get((each.key, "request"), 0), counts.get((each.key, "incident"), 0))
        for each in services
        if all(getattr(each, name) == value for name, value in wanted.items())
        and (customer is None or customer in each.customers)
        and ("status" in wanted or each.status not in ENDED)
    ]


def by_service(found: Iterable[Asked], months: Window) -> list[dict[str, Any]]:
    """Each service for itself."""
    return [
        {name: getattr(each.service, name) for name in OF_A_SERVICE} | asdict(weight([each], months.months))
        for each in found
    ]


async def by_business_unit(
    db: Database, ctx: Context, found: Iterable[Asked], months: Window
) -> list[dict[str, Any]]:
    """The services of each unit together, one item per currency: no sum mixes two, or one with none."""
    names = {row["key"]: row["name"] for row in await db.fetch(UNITS, ctx.tenant)}
    groups: defaultdict[tuple[str | None, str | None], list[Asked]] = defaultdict(list)
    for each in found:
        groups[each.service.business_unit, each.service.currency].append(each)
    return [
        {"business_unit": unit, "name": names.get(unit), "currency": currency, "services": len(each)}
        | {"statuses": counted(each, "status"), "criticalities": counted(each, "criticality")}
        | asdict(weight(each, months.months))
        for (unit, currency), each in sorted(groups.items(), key=lambda item: tuple(map(last, item[0])))
    ]


def counted(found: Iterable[Asked], name: str) -> dict[str, int]:
    """How many services have which value of a field; those without are left out."""
    counts: defaultdict[str, int] = defaultdict(int)
    for each in found:
        if (value := getattr(each.service, name)) is not None:
            counts[value] += 1
    return dict(sorted(counts.items()))


def last(value: str | None) -> tuple[bool, str]:
    """An order in which nothing comes after everything."""
    return value is None, value or ""

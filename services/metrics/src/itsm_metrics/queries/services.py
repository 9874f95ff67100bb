"""Answering a question about a figure that comes from what was agreed about services."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database
from itsm_sla.instant import instant, micros
from sqlalchemy import select

from itsm_metrics.queries import agreements, statements
from itsm_metrics.queries.agreements import Outage
from itsm_metrics.queries.question import Fact, Figures, Question, Result, order
from itsm_metrics.rules.agreed_time import LONGEST, Agreement, agreed_time
from itsm_metrics.rules.months import months
from itsm_metrics.rules.service_figures import (
    SECOND,
    Slice,
    Sum,
    added,
    availability_slices,
    cost_slices,
    paid,
    rounded,
)
from itsm_metrics.rules.stretches import both, length
from itsm_metrics.rules.terms import Service, last_terms

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
Demand = Sequence[tuple[str | None, str, str, int]]


class Heard(NamedTuple):
    """All that a figure is computed from, read at one moment."""

    services: Mapping[str, Service]
    records: Mapping[str, UUID]
    agreement: Agreement
    outages: Mapping[str | None, Sequence[Outage]]
    demand: Demand
    fresh_as_of: datetime | None


async def answer(db: Database, tenant: str, question: Question) -> Figures:
    """The figure, computed beside the event loop from one snapshot; `Invalid` where that is too long."""
    since, until = period(question)
    heard = await snapshot(db, tenant, question)
    return await asyncio.to_thread(computed, question, heard, since, until)


async def behind(db: Database, tenant: str, question: Question) -> list[Fact]:
    """The incidents whose outages are downtime of the figure, or the services whose cost it is."""
    since, until = period(question)
    heard = await snapshot(db, tenant, question)
    return await asyncio.to_thread(facts, question, heard, since, until)


def period(question: Question) -> tuple[int, int]:
    """[from, to) without what is still to come; `Invalid` where it is too long."""
    since, until = micros(question.since), min(micros(question.until), micros(question.now))
    if until - since > LONGEST:
        message = "from must be at most ten years (3660 days) before to, or before now."
        raise Invalid("period_too_long", message, (FieldError("from", "period_too_long", message),))
    return since, max(since, until)


async def snapshot(db: Database, tenant: str, question: Question) -> Heard:
    """All that the figure needs, as of one moment."""
    async with db.transaction() as conn:
        await conn.execute(ONE_MOMENT)
        return await read(conn, tenant, question, *period(question))


async def read(conn: "Connection[Any]", tenant: str, question: Question, since: int, until: int) -> Heard:
    """What the figure needs; services that only incidents name are services too."""
    newest = Compiled(select(statements.heard(question.kpi)))
    fresh_as_of = await conn.fetchval(newest.sql, *newest.args({"tenant": tenant}))
    if question.kpi.kind == "cost":
        known = await agreements.agreed(conn, tenant, "service")
        demand = await agreements.demand(conn, tenant, instant(since), instant(until), question.zone)
        return Heard(known.services, known.records, known.agreement, {}, demand, fresh_as_of)
    known = await agreements.agreed(conn, tenant, "service", "calendar", "maintenance")
    down = await agreements.outages(conn, tenant, since, until)
    unsaid = {key: Service(key, None, None, (), said=False) for key in down if key is not None}
    return Heard(unsaid | known.services, known.records, known.agreement, down, (), fresh_as_of)


def computed(question: Question, heard: Heard, since: int, until: int) -> Figures:
    """The figure from what was heard."""
    kpi = question.kpi
    chosen = [each for _, each in sorted(heard.services.items()) if wanted(each, question.filters, until)]
    slices = [each for service in chosen for each in asked(question, service, heard, since, until)]

    def total(some: Sequence[Slice]) -> Sum:
        return paid(some, demanded(some, heard.demand)) if kpi.kind == "cost" else added(kpi, some)

    groups = grouped(slices, question.group) if question.group else {}
    results = [shown(key, total(some)) for key, some in groups.items()]
    return Figures(
        shown(None, total(slices)),
        sorted(results, key=lambda result: order(result.key)),
        left_out(question, heard, chosen, slices, since, until),
        heard.fresh_as_of,
    )


def facts(question: Question, heard: Heard, since: int, until: int) -> list[Fact]:
    """What the figure is made of."""
    found = []
    for key, service in heard.services.items():
        if not wanted(service, question.filters, until):
            continue
        slices = asked(question, service, heard, since, until)
        if question.kpi.kind == "cost":
            if slices:
                cost = rounded(sum((each.cost for each in slices), Fraction()))
                found.append(Fact("service", heard.records[key], question.since, 0, cost))
            continue
        shown = {each.month for each in slices}
        parts = [(start, end) for month, start, end in months(since, until, question.zone) if month in shown]
        agreed = both(agreed_time(service, heard.agreement, since, until), parts)
        found += [
            Fact("incident", each.incident, instant(each.start), 0, down / SECOND)
            for each in heard.outages.get(key, ())
            if (down := length(both(agreed, [each.stretch])))
        ]
    return sorted(found, key=lambda fact: fact.place)


def asked(question: Question, service: Service, heard: Heard, since: int, until: int) -> list[Slice]:
    """The slices of a service that the filters leave."""
    return [
        each
        for each in slices_of(question, service, heard, since, until)
        if all(getattr(each, name) == value for name, value in question.filters.items())
    ]


def wanted(service: Service, filters: Mapping[str, str | None], until: int) -> bool:
    """Whether the filters on services leave this one."""
    if "service" in filters and filters["service"] != service.key:
        return False
    terms = last_terms(service, until)
    return "business_unit" not in filters or filters["business_unit"] == (terms and terms.business_unit)


def slices_of(question: Question, service: Service, heard: Heard, since: int, until: int) -> list[Slice]:
    """The service's part of the figure."""
    if question.kpi.kind == "cost":
        return cost_slices(service, since, until, question.zone)
    down = [each.stretch for each in heard.outages.get(service.key, ())]
    return availability_slices(service, heard.agreement, down, since, until, question.zone)


def demanded(slices: Iterable[Slice], demand: Demand) -> Counter[str]:
    """How many requests and incidents there were of the services and months of the slices."""
    where = {(each.service, each.month) for each in slices}
    counts: Counter[str] = Counter()
    for service, month, kind, count in demand:
        if (service, month) in where:
            counts[kind] += count
    return counts


def grouped(slices: Iterable[Slice], dimension: str) -> dict[str | None, list[Slice]]:
    """The slices of each group."""
    groups: dict[str | None, list[Slice]] = {}
    for each in slices:
        groups.setdefault(getattr(each, dimension), []).append(each)
    return groups


def left_out(
    question: Question,
    heard: Heard,
    chosen: Sequence[Service],
    slices: Sequence[Slice],
    since: int,
    until: int,
) -> dict[str, int]:
    """What the figure leaves out, counted."""
    living = [each for each in chosen if each.lives(since, until)[0] < until]
    nowhere = all(question.filters.get(name) is None for name in ("service", "business_unit"))
    counts = {
        "services_not_live": len(chosen) - len(living),
        "outages_without_service": sum(each.end > since for each in heard.outages.get(None, ()) if nowhere),
        "services_without_cost": len({each.key for each in living} - {each.service for each in slices}),
    }
    return {name: counts[name] for name in question.kpi.excluded}


def shown(key: str | None, found: Sum) -> Result:
    """A sum as a result."""
    return Result(key, found.n, found.value, target=found.target, parts=found.parts, currency=found.currency)

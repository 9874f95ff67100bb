"""From services to their figures: slices that are made per service, and added up per group."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from itsm_metrics.rules.agreed_time import Agreement, Course, course
from itsm_metrics.rules.kpis.kpi import Kpi
from itsm_metrics.rules.months import months, years
from itsm_metrics.rules.stretches import Stretch, both, length
from itsm_metrics.rules.terms import Service, in_force, last_terms

SECOND = 1_000_000


class Target(NamedTuple):
    """What was agreed of a figure, and whether it was reached."""

    value: float
    met: bool


class Slice(NamedTuple):
    """A part of a service's figure: where it belongs, and what it adds; times in microseconds."""

    service: str
    business_unit: str | None
    month: str
    agreed: int = 0
    down: int = 0
    failures: int = 0
    target: float | None = None
    is_said: bool = True
    has_hours: bool = True
    currency: str | None = None
    cost: Fraction = Fraction()


class Sum(NamedTuple):
    """A figure of some slices, with what stands beside it."""

    n: int
    value: float | None
    target: Target | None
    parts: Mapping[str, float | int | None]
    currency: str | None = None


def availability_slices(
    service: Service,
    agreement: Agreement,
    outages: Iterable[Stretch],
    since: int,
    until: int,
    zone: str = "UTC",
) -> list[Slice]:
    """One per month in which it has agreed time."""
    whole = course(service, agreement, outages, since, until)
    terms = last_terms(service, until)
    named = {each.calendar for each in service.terms if each.calendar}
    return [
        Slice(
            service.key,
            terms.business_unit if terms else None,
            month,
            length(part.agreed),
            length(part.down),
            len(part.failures),
            terms.target if terms else None,
            service.said,
            named <= agreement.calendars.keys(),
        )
        for month, start, end in months(since, until, zone)
        if (part := within(whole, start, end)).agreed
    ]


def within(whole: Course, start: int, end: int) -> Course:
    """The part of a course."""
    here = [(start, end)]
    return Course(
        both(whole.agreed, here), both(whole.down, here), [at for at in whole.failures if start <= at < end]
    )


def cost_slices(service: Service, since: int, until: int, zone: str = "UTC") -> list[Slice]:
    """One per month, and per cost that was in force in it."""
    start, end = service.lives(since, until)
    terms = last_terms(service, until)
    unit = terms.business_unit if terms else None
    return [
        Slice(service.key, unit, month, currency=each.currency, cost=share(each.yearly_cost, begin, stop))
        for month, first, last in months(start, end, zone)
        for begin, stop, each in in_force(service.terms, lambda terms: terms.since, first, last)
        if each.yearly_cost is not None
    ]


def share(yearly_cost: float, since: int, until: int) -> Fraction:
    """The cost of [since, until): a calendar year costs exactly the yearly cost, however long it is."""
    parts = sum((Fraction(end - start, year) for start, end, year in years(since, until)), Fraction())
    return Fraction(str(yearly_cost)) * parts


def added(kpi: Kpi, slices: Sequence[Slice]) -> Sum:
    """The availability, or the mean time between failures, of some slices."""
    services = {each.service for each in slices}
    agreed, down = sum(each.agreed for each in slices), sum(each.down for each in slices)
    failures = sum(each.failures for each in slices)
    parts = {
        "agreed_s": agreed / SECOND,
        "downtime_s": down / SECOND,
        "failures": failures,
        "services_unknown": len({each.service for each in slices if not each.is_said}),
        "calendars_unknown": len({each.service for each in slices if not each.has_hours}),
    }
    if kpi.kind == "availability":
        target = aimed(slices, agreed, down) if len(services) == 1 else None
        return Sum(len(services), (agreed - down) / agreed if agreed else None, target, parts)
    lasted = agreed if kpi.slug == "mtbsi" else agreed - down
    value = round(Fraction(lasted, failures * SECOND), 6) if failures else None
    return Sum(failures, None if value is None else float(value), None, parts)


def aimed(slices: Sequence[Slice], agreed: int, down: int) -> Target | None:
    """The target of the one service that they are of; compared exactly."""
    percent = slices[0].target
    if percent is None or not agreed:
        return None
    target = Fraction(str(percent)) / 100
    return Target(float(target), Fraction(agreed - down, agreed) >= target)


def paid(slices: Sequence[Slice], demand: Mapping[str, int]) -> Sum:
    """The cost of some slices, and per request and incident of the `demand` on their services."""
    currencies = {each.currency for each in slices}
    cost = sum((each.cost for each in slices), Fraction())
    parts: dict[str, float | int | None] = {}
    for kind in ("request", "incident"):
        count = demand.get(kind, 0)
        parts[f"{kind}s"] = count
        parts[f"per_{kind}"] = rounded(cost / count) if count and len(currencies) == 1 else None
    n = len({each.service for each in slices})
    if len(currencies) != 1:
        return Sum(n, None, None, parts)
    return Sum(n, rounded(cost), None, parts, *currencies)


def rounded(amount: Fraction) -> float:
    """To a millionth."""
    return float(round(amount, 6))

"""What the portfolio costs, earns and is asked for. Every figure is of a window of whole months (UTC).

- yearly_cost, yearly_price: sums over the services that state one; null where none does
- yearly_margin: yearly_price - yearly_cost, over the services that state both
- monthly_cost: yearly_cost / 12
- requests_per_month, incidents_per_month: counted in the window / its months
- cost_per_request: monthly_cost / requests per month, over the services that state a cost; null without
  either. cost_per_incident likewise. Each takes the whole cost: the two are not to be added up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import fsum

from itsm_catalog.rules.portfolio import PortfolioService


@dataclass(frozen=True, slots=True)
class Window:
    """The months of [first, until), each named by its first day."""

    first: date
    until: date
    months: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A service, and what was asked of it in the window."""

    service: PortfolioService
    requests: int = 0
    incidents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Figures of one or more services in one currency; money is rounded to cents."""

    yearly_cost: float | None
    yearly_price: float | None
    yearly_margin: float | None
    monthly_cost: float | None
    requests: int
    requests_per_month: float
    incidents: int
    incidents_per_month: float
    cost_per_request: float | None
    cost_per_incident: float | None


def window(until: date | None, months: int, now: datetime) -> Window:
    """`months` whole months before `until`; by default before the current one."""
    end = (until or now.date()).replace(day=1)
    return Window(stepped(end, -months), end, months)


def stepped(month: date, months: int) -> date:
    """The first day of a month so many later, or earlier."""
    year, index = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, index + 1, 1)


def weight(asked: Sequence[Asked], months: int) -> Weight:
    """The figures of these services together; they must have one currency."""
    costed = [each for each in asked if each.service.yearly_cost is not None]
    cost = total(each.service.yearly_cost for each in asked)
    margins = (margin(each.service) for each in asked)
    requests, incidents = sum(each.requests for each in asked), sum(each.incidents for each in asked)
    return Weight(
        yearly_cost=cents(cost),
        yearly_price=cents(total(each.service.yearly_price for each in asked)),
        yearly_margin=cents(total(margins)),
        monthly_cost=cents(None if cost is None else cost / 12),
        requests=requests,
        requests_per_month=requests / months,
        incidents=incidents,
        incidents_per_month=incidents / months,
        cost_per_request=each_of(cost, sum(each.requests for each in costed), months),
        cost_per_incident=each_of(cost, sum(each.incidents for each in costed), months),
    )


def margin(service: PortfolioService) -> float | None:
    """What a service earns beyond its cost, where both are stated."""
    if service.yearly_price is None or service.yearly_cost is None:
        return None
    return service.yearly_price - service.yearly_cost


def each_of(yearly_cost: float | None, count: int, months: int) -> float | None:
    """The cost of one of `count` within `months`."""
    return cents(None if yearly_cost is None or not count else yearly_cost / 12 * months / count)


def total(amounts: Iterable[float | None]) -> float | None:
    """The sum of those that are stated; None where none is."""
    stated = [amount for amount in amounts if amount is not None]
    return fsum(stated) if stated else None


def cents(amount: float | None) -> float | None:
    """Rounded to hundredths."""
    return None if amount is None else round(amount, 2)

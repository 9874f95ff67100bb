"""Cost, price and demand of the portfolio: the formulas, and the figures over HTTP."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.portfolio import PortfolioService
from itsm_catalog.rules.weighing import Asked, stepped, weight, window
from support.portfolio import moved
from support.services import Running

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def asked(requests: int = 0, incidents: int = 0, **fields: Any) -> Asked:
    service = PortfolioService(id=UUID(int=1), key="mail", name="Mail", owner=None, proposed_at=NOW, **fields)
    return Asked(service, requests, incidents)


def test_one_service_by_hand() -> None:
    found = weight([asked(240, 60, yearly_cost=120_000, yearly_price=150_000)], 12)
    assert (found.yearly_margin, found.monthly_cost) == (30_000, 10_000)
    assert (found.requests_per_month, found.incidents_per_month) == (20, 5)
    assert (found.cost_per_request, found.cost_per_incident) == (500, 2_000)


def test_what_is_not_known_is_null_and_dilutes_nothing() -> None:
    nothing = weight([asked(5, 0)], 12)
    assert (nothing.yearly_cost, nothing.yearly_margin, nothing.cost_per_request) == (None, None, None)
    unasked = weight([asked(yearly_cost=12)], 12)
    assert (unasked.monthly_cost, unasked.cost_per_request, unasked.cost_per_incident) == (1, None, None)
    both = weight([asked(10, yearly_cost=120), asked(90, yearly_price=5)], 1)
    assert (both.requests, both.cost_per_request) == (100, 1), "the 90 of unknown cost do not make it cheaper"
    assert both.yearly_margin is None, "no service states both"


@given(st.lists(st.tuples(st.integers(0, 10_000), st.none() | st.integers(0, 10**9)), min_size=1))
def test_the_cost_of_all_requests_is_the_cost_of_all_services(each: list[tuple[int, int | None]]) -> None:
    found = weight([asked(count, yearly_cost=cost) for count, cost in each], 12)
    costed = sum(count for count, cost in each if cost is not None)
    if found.cost_per_request is not None:
        assert abs(found.cost_per_request * costed - (found.yearly_cost or 0)) <= 0.005 * costed + 0.01


@pytest.mark.parametrize(
    ("until", "months", "first", "end"),
    [
        (None, 12, date(2025, 3, 1), date(2026, 3, 1)),
        (date(2026, 1, 1), 1, date(2025, 12, 1), date(2026, 1, 1)),
        (date(2012, 6, 1), 6, date(2011, 12, 1), date(2012, 6, 1)),
    ],
)
def test_a_window_is_whole_months_before_its_end(
    until: date | None, months: int, first: date, end: date
) -> None:
    found = window(until, months, NOW)
    assert (found.first, found.until) == (first, end)
    assert stepped(found.first, months) == found.until


async def test_the_portfolio_is_weighed_per_service_and_per_unit(catalog: Running) -> None:
    manager = catalog.caller("manager")
    for key, unit, cost, currency in (
        ("mail", "it", 12_000, "EUR"),
        ("print", "it", 6_000, "EUR"),
        ("vpn", "it", 2_400, "USD"),
        ("shop", "sales", 100, None),
        ("idea", None, None, None),
    ):
        fields = {"business_unit": unit, "yearly_cost": cost, "currency": currency}
        await manager.creates(
            "/v1/services", key=key, name=key, customers=["hr"] if unit == "it" else [], **fields
        )
    await manager.call(
        "PATCH", "/v1/services/mail", {"yearly_price": 18_000, "criticality": "high"}, If_Match="*"
    )
    await manager.creates("/v1/business-units", key="it", name="Information technology")
    await catalog.db.execute(
        """INSERT INTO demand VALUES
        ('acme', 'mail', '2025-11-01', 'request', 20), ('acme', 'mail', '2025-12-01', 'request', 4),
        ('acme', 'mail', '2025-12-01', 'incident', 6), ('acme', 'print', '2025-12-01', 'request', 6),
        ('acme', 'mail', '2026-01-01', 'request', 1000), ('globex', 'mail', '2025-12-01', 'request', 1000)"""
    )
    over = "months=2&until=2026-01"
    services = await manager.get(f"/v1/portfolio?{over}")
    assert services["window"] == {"first": "2025-11", "until": "2026-01", "months": 2}
    assert [item["key"] for item in services["items"]] == ["idea", "mail", "print", "shop", "vpn"]
    mail = services["items"][1]
    assert (mail["requests"], mail["requests_per_month"], mail["incidents_per_month"]) == (24, 12, 3)
    assert (mail["yearly_margin"], mail["monthly_cost"]) == (6_000, 1_000)
    assert (mail["cost_per_request"], mail["cost_per_incident"]) == (83.33, 333.33)
    assert (mail["criticality"], mail["status"], mail["owner"]) == ("high", "proposed", "anna")
    units = (await manager.get(f"/v1/portfolio?{over}&group_by=business_unit"))["items"]
    named = [
        (item["business_unit"], item["currency"], item["services"], item["yearly_cost"]) for item in units
    ]
    assert named == [
        ("it", "EUR", 2, 18_000),
        ("it", "USD", 1, 2_400),
        ("sales", None, 1, 100),
        (None, None, 1, None),
    ]
    assert (units[0]["name"], units[1]["name"], units[2]["name"]) == ("Information technology",) * 2 + (None,)
    assert (units[0]["requests"], units[0]["cost_per_request"]) == (30, 100)
    assert (units[0]["statuses"], units[0]["criticalities"]) == ({"proposed": 2}, {"high": 1})
    assert (await manager.get("/v1/services/mail/demand?" + over))["items"] == [
        {"month": "2025-11", "requests": 20, "incidents": 0},
        {"month": "2025-12", "requests": 4, "incidents": 6},
    ]


async def test_the_portfolio_is_filtered_and_hides_what_has_ended(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", key="mail", name="Mail", customers=["hr"], criticality="high")
    await manager.creates("/v1/services", key="fax", name="Fax", owner="otto")
    await moved(manager, "fax", "cancelled")

    async def found(query: str) -> list[str]:
        return [item["key"] for item in (await manager.get(f"/v1/portfolio?{query}"))["items"]]

    assert await found("") == ["mail"]
    assert await found("status=cancelled&owner=otto") == ["fax"]
    assert await found("customer=hr&criticality=high") == ["mail"]
    assert await found("customer=sales") == []
    for wrong in (
        "months=0",
        "months=121",
        "until=2026-13",
        "until=1969-12",
        "until=0001-01",
        "mood=1",
        "status=x",
    ):
        assert (await manager.call("GET", f"/v1/portfolio?{wrong}")).status_code == 422, wrong
    for role, status in (("requester", 403), ("agent", 403), ("change_manager", 200), ("service", 200)):
        assert (await catalog.caller(role).call("GET", "/v1/portfolio")).status_code == status

"""The figures of services: what was agreed, what became of it, what it cost."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.store.database import Database
from support.incident_events import START, Story, at
from support.metrics import hear, kpi, query
from support.said_events import CalendarStory, RequestStory, ServiceStory, Told, WindowStory

HOUR, DAY = 60, 24 * 60
WEEK = {"from_": at(0), "to": at(7 * DAY)}
OFFICE = {day: [{"opens": "08:00", "closes": "18:00"}] for day in ("monday", "tuesday", "wednesday")}


async def told(db: Database, *stories: Told | Story) -> None:
    """Hear all of them at once."""
    await hear(db, [event for story in stories for event in story.told])


def down(since: float, until: float | None, service: str | None = "mail", degree: str = "full") -> Story:
    """An incident with an outage, in minutes after the start."""
    outage = {"degree": degree, "started_at": at(since), "ended_at": None if until is None else at(until)}
    return Story(since, service=service, outage=outage)


async def test_availability_is_agreed_time_without_the_union_of_full_outages(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    outages = [down(0, 60), down(30, 90), down(100, 110, degree="partial"), down(DAY, DAY + 60, "web")]
    await told(db, ServiceStory("mail"), ServiceStory("web"), *outages)
    answer = await kpi(manager, "availability", group_by="service", **WEEK)
    week = 7 * DAY * 60
    assert answer["unit"] == "ratio"
    assert (answer["n"], answer["value"]) == (2, (2 * week - 9000) / (2 * week))
    assert answer["target"] is None, "a target is one service's"
    mail, web = answer["groups"]
    assert mail["parts"] == {
        "agreed_s": week,
        "downtime_s": 5400,
        "failures": 1,
        "services_unknown": 0,
        "calendars_unknown": 0,
    }
    assert (web["key"], web["value"]) == ("web", (week - 3600) / week)
    mtbf = await kpi(manager, "mtbf", service="mail", **WEEK)
    assert (mtbf["n"], mtbf["value"], mtbf["quantiles"]) == (1, week - 5400, None)
    assert (await kpi(manager, "mtbsi", service="mail", **WEEK))["value"] == week


async def test_the_target_stands_beside_the_figure_and_is_compared_exactly(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    service = ServiceStory("mail", availability_target=99.0)
    await told(db, service, down(0, 60))
    hundred = {"from_": at(0), "to": at(100 * HOUR)}
    answer = await kpi(manager, "availability", group_by="service", **hundred)
    assert answer["target"] == answer["groups"][0]["target"] == {"value": 0.99, "met": True}
    await told(db, down(60, 61))
    assert (await kpi(manager, "availability", **hundred))["target"] == {"value": 0.99, "met": False}
    await told(db, service.then(DAY, availability_target=98.0))
    assert (await kpi(manager, "availability", **hundred))["target"] == {"value": 0.98, "met": True}


async def test_only_open_hours_count_and_a_failure_is_dated_when_it_first_hurts(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    hours = CalendarStory("office").version(at(-DAY), zone="UTC", weekly=OFFICE)
    night = down(11 * HOUR, 26 * HOUR)
    await told(db, ServiceStory("mail", availability_calendar="office"), hours, night)
    answer = await kpi(manager, "availability", group_by="month", **WEEK)
    assert answer["parts"]["agreed_s"] == 30 * 3600
    assert (answer["parts"]["downtime_s"], answer["value"]) == (2 * 3600, 28 / 30)
    assert [group["key"] for group in answer["groups"]] == ["2026-03"]
    for since, until, failures in ((0, DAY, 0), (DAY, 2 * DAY, 1), (25 * HOUR, 2 * DAY, 0)):
        assert (await kpi(manager, "mtbf", from_=at(since), to=at(until)))["n"] == failures


async def test_maintenance_is_planned_only_if_it_was_announced_before_it_began(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    window = WindowStory(at(60), at(120), 60)
    late = WindowStory(at(180), at(240), 181)
    of_items = WindowStory(at(300), at(360), configuration_items=["db-1"])
    await told(db, ServiceStory("mail"), window, late, of_items, down(60, 120), down(180, 240))
    answer = await kpi(manager, "availability", from_=at(0), to=at(10 * HOUR))
    assert (answer["parts"]["agreed_s"], answer["parts"]["downtime_s"]) == (9 * 3600, 3600)


async def test_an_outage_that_lasts_is_down_until_now(db: Database, manager: httpx2.AsyncClient) -> None:
    began = (clock.now() - START).total_seconds() / 60 - 60
    await told(db, ServiceStory("mail", began - 60), down(began, None))
    answer = await kpi(manager, "availability", from_=at(began - 60), to=at(began + 9999))
    assert answer["parts"]["downtime_s"] == pytest.approx(3600, abs=60)
    assert answer["value"] == pytest.approx(0.5, abs=0.01), "what is still to come is not agreed time"
    ended = await kpi(manager, "availability", from_=at(began - 60), to=at(began + 20))
    assert ended["parts"]["downtime_s"] == 1200


async def test_what_is_not_known_or_not_live_is_counted(db: Database, manager: httpx2.AsyncClient) -> None:
    await told(
        db,
        ServiceStory("mail", availability_calendar="never-said"),
        ServiceStory("idea", None),
        ServiceStory("gone", -9 * DAY, retired_at=at(-DAY)),
        down(0, 60, "unheard-of"),
        down(0, 60, None),
        down(0, 60).then(70, "cancelled"),
    )
    answer = await kpi(manager, "availability", group_by="service", **WEEK)
    assert [group["key"] for group in answer["groups"]] == ["mail", "unheard-of"]
    parts = answer["parts"]
    assert (parts["services_unknown"], parts["calendars_unknown"], parts["downtime_s"]) == (1, 1, 3600)
    assert answer["excluded"] == {"outages_without_service": 1, "services_not_live": 2}
    assert (await kpi(manager, "availability", service="idea", **WEEK))["value"] is None


async def test_a_year_costs_the_yearly_cost_and_a_change_splits_it(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    year, half = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 2, tzinfo=UTC)
    since, middle = ((each - START).total_seconds() / 60 for each in (year, half))
    mail = ServiceStory("mail", since, yearly_cost=1200, currency="EUR", business_unit="sales")
    web = ServiceStory("web", since - DAY, yearly_cost=366.0, currency="EUR")
    asked = [RequestStory(middle + n, service="mail") for n in range(4)]
    await told(db, mail, web, ServiceStory("free", since), *asked, Story(middle, service="mail"))
    period: dict[str, Any] = {"from_": year, "to": datetime(2025, 1, 1, tzinfo=UTC)}
    answer = await kpi(manager, "cost_per_service", group_by="service", **period)
    assert (answer["unit"], answer["n"], answer["value"], answer["currency"]) == ("money", 2, 1566, "EUR")
    assert answer["excluded"] == {"services_without_cost": 1, "services_not_live": 0}
    [first, second] = answer["groups"]
    assert first["parts"] == {"requests": 4, "per_request": 300, "incidents": 1, "per_incident": 1200}
    assert (second["value"], second["parts"]["per_request"]) == (366, None)
    months = (await kpi(manager, "cost_per_service", group_by="month", service="web", **period))["groups"]
    assert [month["value"] for month in months][:3] == [31, 29, 31]
    await told(db, mail.then(middle, yearly_cost=2400))
    answer = await kpi(manager, "cost_per_service", business_unit="sales", **period)
    assert answer["value"] == 1800, "183 of 366 days at each price"
    await told(db, mail.then(middle, currency="USD"))
    answer = await kpi(manager, "cost_per_service", group_by="currency", **period)
    assert (answer["value"], answer["currency"]) == (None, None), "two currencies have no sum"
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"EUR": 966, "USD": 1200}


async def test_odd_windows_are_counted(db: Database, manager: httpx2.AsyncClient) -> None:
    await told(
        db,
        WindowStory(at(0), at(60), recurrence="FREQ=SECONDLY"),
        WindowStory(at(0), at(60), recurrence="FREQ=DAILY", zone="Mars/Base"),
        WindowStory(at(60), at(0)),
        WindowStory(at(0), at(60), recurrence="FREQ=DAILY", zone="Europe/Berlin"),
        down(60, 0),
    )
    answer = await kpi(manager, "data_quality", group_by="code")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {
        "negative_interval": 2,
        "recurrence_refused": 1,
        "unknown_zone": 1,
    }


async def test_a_period_that_is_too_long_is_refused(manager: httpx2.AsyncClient) -> None:
    for slug in ("availability", "mtbf", "mtbsi", "cost_per_service"):
        asked = query([("from_", "0001-01-01T00:00:00Z")])
        answer = await manager.get(f"/v1/kpis/{slug}?{asked}")
        assert (answer.status_code, answer.json()["code"]) == (422, "period_too_long")
    future = {"from_": "2999-01-01T00:00:00Z", "to": "9999-01-01T00:00:00Z"}
    assert (await kpi(manager, "availability", **future))["n"] == 0

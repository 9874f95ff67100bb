"""A figure in time: in buckets, against the period before, with its trend."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from itsm_chassis.store.database import Database
from itsm_metrics.rules.kpis import KPIS
from support.incident_events import Story, at
from support.metrics import hear, hear_stories, kpi

DAY = 24 * 60


async def tell(db: Database, seed: int = 3) -> list[Story]:
    """Some incidents of ninety days."""
    dice = random.Random(seed)
    told = []
    for _ in range(120):
        minute = dice.uniform(0, 90 * DAY)
        story = Story(minute, service=dice.choice(["mail", "web", None]), priority=dice.choice(["P1", "P2"]))
        if dice.random() < 0.8:
            story.then(minute + dice.expovariate(1 / DAY), "resolved")
        told.append(story)
    await hear(db, [event for story in told for event in story.told])
    return told


def moments(answer: dict[str, Any]) -> list[datetime]:
    """Where its buckets begin, and the last one ends."""
    series = answer["series"]
    return [datetime.fromisoformat(text) for text in [each["from"] for each in series] + [series[-1]["to"]]]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
async def test_buckets_partition_the_period_and_each_is_its_own_question(
    manager: httpx2.AsyncClient, db: Database, zone: str
) -> None:
    await tell(db)
    since, until = at(1.5 * DAY), at(70.25 * DAY)
    for bucket, most in (("day", 70), ("week", 11), ("month", 4), ("quarter", 2), ("year", 1)):
        whole = await kpi(manager, "resolved", from_=since, to=until, zone=zone, bucket=bucket)
        cuts = moments(whole)
        assert (cuts[0], cuts[-1]) == (since, until)
        assert [datetime.fromisoformat(each["to"]) for each in whole["series"]] == cuts[1:]
        assert sum(each["value"] for each in whole["series"]) == whole["value"]
        assert len(whole["series"]) <= most
        assert {f"{cut.astimezone(ZoneInfo(zone)):%H:%M}" for cut in cuts[1:-1]} <= {"00:00"}
    answer = await kpi(manager, "mttr", from_=since, to=until, zone=zone, bucket="week", group_by="service")
    for each in random.Random(1).sample(answer["series"], 4):
        alone = await kpi(manager, "mttr", from_=each["from"], to=each["to"], zone=zone, group_by="service")
        for name in ("n", "small_n", "value", "quantiles", "records", "coverage"):
            assert each[name] == alone[name]
        for group in alone["groups"]:
            [its] = [g for g in answer["groups"] if g["key"] == group["key"]]
            [same] = [one for one in its["series"] if one["from"] == each["from"]]
            assert {**same, "key": group["key"]} == group | {k: same[k] for k in ("from", "to", "coverage")}


async def test_every_figure_has_buckets_of_what_it_is_at_the_end_of_each(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await tell(db)
    for slug in KPIS:
        answer = await kpi(manager, slug, from_=at(0), to=at(30 * DAY), bucket="week", group_by="month")
        last = answer["series"][-1]
        alone = await kpi(manager, slug, from_=last["from"], to=last["to"])
        assert (last["n"], last["value"]) == (alone["n"], alone["value"]), slug
    backlog = await kpi(manager, "backlog", from_=at(0), to=at(30 * DAY), bucket="day")
    assert backlog["series"][-1]["value"] > backlog["series"][3]["value"] > 0
    for each in backlog["series"][::7]:
        assert each["value"] == (await kpi(manager, "backlog", to=each["to"]))["value"]


async def test_months_are_those_of_the_zone(manager: httpx2.AsyncClient, db: Database) -> None:
    begun = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)  # the first of April in Berlin
    minute = (begun - at(0)) / timedelta(minutes=1)
    await hear_stories(db, Story(minute, service="mail").then(minute + 5, "resolved"))
    for slug in ("opened", "backlog", "mttr", "demand"):
        asked: dict[str, Any] = {"to": begun + timedelta(minutes=3 if slug == "backlog" else 9)}
        for zone, month in (("UTC", "2026-03"), ("Europe/Berlin", "2026-04")):
            answer = await kpi(manager, slug, group_by="month", zone=zone, **asked)
            assert [g["key"] for g in answer["groups"]] == [month], (slug, zone)
            records = (await manager.get(answer["groups"][0]["records"])).json()["items"]
            assert len(records) == 1, "the link says the zone"
    shown = await kpi(manager, "availability", group_by="month", zone="Europe/Berlin", from_=begun)
    assert shown["zone"] == "Europe/Berlin"


async def test_the_default_period_is_thirty_days_of_the_zone(manager: httpx2.AsyncClient) -> None:
    asked = "to=2026-04-10T10:00:00Z"  # noon in Berlin, where summer time began on 29 March
    berlin = (await manager.get(f"/v1/kpis/opened?{asked}&zone=Europe/Berlin")).json()
    assert berlin["from"] == "2026-03-11T11:00:00Z"
    assert (await manager.get(f"/v1/kpis/opened?{asked}")).json()["from"] == "2026-03-11T10:00:00Z"


async def test_a_period_is_compared_with_the_one_before(manager: httpx2.AsyncClient, db: Database) -> None:
    march, april = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4))
    minutes = [(april - at(0)) / timedelta(minutes=1) + 60 * n for n in (-1, 1, 2, 3)]
    await hear_stories(db, *(Story(minute, service="mail") for minute in minutes))
    asked: dict[str, Any] = {"from_": april, "to": datetime(2026, 5, 1, tzinfo=UTC), "compare": "previous"}
    answer = await kpi(manager, "opened", group_by="service", **asked)
    for told in (answer, answer["groups"][0]):
        before = told["previous"]
        assert (before["from"], before["to"]) == (march.isoformat().replace("+00:00", "Z"), answer["from"])
        assert (before["n"], before["value"], before["difference"]) == (1, 1, 2)
        assert before["ratio"] == 3
    nothing = (await kpi(manager, "mttr", **asked))["previous"]
    assert (nothing["n"], nothing["value"], nothing["difference"], nothing["ratio"]) == (0, None, None, None)


async def test_a_trend_is_of_whole_buckets_or_says_why_there_is_none(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    stories = [Story(day * DAY + n) for day in range(14) for n in range(day + 1)]
    await hear_stories(db, *stories)
    since = at(0).replace(hour=0)
    asked: dict[str, Any] = {"bucket": "day", "trend": "true"}
    answer = await kpi(manager, "opened", from_=since, to=since + timedelta(days=14), **asked)
    assert answer["trend"]["slope"] == pytest.approx(1)
    assert answer["trend"]["interval"] == pytest.approx([1, 1])
    assert answer["trend"]["buckets"] == 14
    clipped = await kpi(manager, "opened", from_=at(0), to=since + timedelta(days=13, hours=1), **asked)
    assert (clipped["trend"]["buckets"], clipped["trend"]["slope"]) == (12, pytest.approx(1))
    short = await kpi(manager, "opened", from_=since, to=since + timedelta(days=11), **asked)
    assert short["trend"]["slope"] is None
    assert "not enough buckets" in short["trend"]["why"]


async def test_what_is_said_beside_a_figure_is_honest(manager: httpx2.AsyncClient, db: Database) -> None:
    stories = [Story(n).then(n + 5, "resolved") for n in range(30)]
    await hear_stories(db, *stories, *(Story(n) for n in range(10)))
    answer = await kpi(manager, "mttr")
    assert (answer["n"], answer["small_n"], answer["coverage"]) == (30, False, 0.75)
    assert (await kpi(manager, "mttr", from_=at(6)))["small_n"] is True
    counted = await kpi(manager, "opened")
    assert (counted["small_n"], counted["coverage"]) == (False, None)


REFUSED = {
    "zone=Europe/Bonn": ("zone", "unknown_zone"),
    "zone=": ("zone", "unknown_zone"),
    "bucket=minute": ("bucket", "invalid_parameter"),
    "bucket=hour&from=2026-01-01T00:00:00Z&to=2026-01-18T00:00:00Z": ("bucket", "too_many_buckets"),
    "bucket=year&from=0001-01-01T00:00:00Z": ("bucket", "too_many_buckets"),
    "bucket=year&zone=America/New_York&from=0001-01-01T00:00:00Z": ("from", "invalid_parameter"),
    "compare=last": ("compare", "invalid_parameter"),
    "compare=previous&from=0001-01-01T00:00:00Z": ("compare", "no_period_before"),
    "trend=true": ("trend", "needs_bucket"),
    "trend=yes&bucket=day": ("trend", "invalid_parameter"),
}


async def test_a_question_about_time_that_is_not_understood_is_refused(manager: httpx2.AsyncClient) -> None:
    for asked, expected in REFUSED.items():
        answer = await manager.get(f"/v1/kpis/mttr?{asked}")
        told = answer.json()
        assert answer.status_code == 422, (asked, told)
        assert (told["errors"][0]["pointer"], told["code"]) == expected
    assert (
        "400" in (await manager.get("/v1/kpis/mttr?bucket=hour&from=2026-01-01T00:00:00Z")).json()["detail"]
    )
    records = await manager.get("/v1/kpis/mttr/records?bucket=day")
    assert (records.status_code, records.json()["code"]) == (422, "unknown_parameter")


async def test_four_hundred_buckets_are_answered(manager: httpx2.AsyncClient, db: Database) -> None:
    await hear_stories(db, Story())
    since = at(0) - timedelta(hours=200)
    answer = await kpi(manager, "opened", bucket="hour", from_=since, to=since + timedelta(hours=400))
    assert (len(answer["series"]), answer["value"]) == (400, 1)

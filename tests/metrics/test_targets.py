"""Targets over HTTP: judged by bands, breached and recovered once, and seen on scorecards."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_chassis.store.database import Database
from itsm_metrics.app import evaluate_targets
from itsm_metrics.rules.bands import FROM_BEST, band, worst
from itsm_metrics.rules.effect import Direction
from itsm_metrics.rules.target_period import Period, periods
from support.improving import AGENT, ANY, ago
from support.incident_events import START, Story
from support.metrics import hear_stories

SAID = "SELECT type, envelope FROM event WHERE subject = $1 ORDER BY sequence"
NUMBERS = st.floats(-1e9, 1e9)
QUICK = {"key": "quick", "name": "Trouble is over quickly", "owner": "mara"}
MTTR = {
    "key": "mail-mttr",
    "name": "Mail is back within an hour",
    "success_factor": "quick",
    "kpi": "mttr",
    "filters": {"service": "mail"},
    "period": "days",
    "days": 30,
    "green": 3600,
    "amber": 7200,
    "owner": "mara",
}


async def desk(db: Database, minutes: float, count: int = 1, service: str = "mail") -> None:
    """So many incidents of ten days ago that took so long each."""
    opened = (ago(10) - START) / timedelta(minutes=1)
    stories = [Story(opened + n, service=service) for n in range(count)]
    await hear_stories(db, *(each.then(opened + n + minutes, "resolved") for n, each in enumerate(stories)))


async def defined(manager: httpx2.AsyncClient, **fields: Any) -> Any:
    """A target, and the success factor that it serves."""
    await manager.post("/v1/success-factors", json=QUICK)
    answer = await manager.post("/v1/targets", json=MTTR | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def evaluated(manager: httpx2.AsyncClient) -> Any:
    answer = await manager.post("/v1/targets:evaluate")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def read(manager: httpx2.AsyncClient, path: str) -> Any:
    answer = await manager.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def said(db: Database, made: Any) -> list[str]:
    return [row["type"].split(".")[2] for row in await db.fetch(SAID, UUID(made["id"]))]


@given(st.sampled_from(["up", "down"]), NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_a_better_value_is_never_in_a_worse_band_and_both_edges_belong_to_the_better_one(
    direction: Direction, one: float, other: float, value: float, next_value: float
) -> None:
    sign = 1 if direction == "up" else -1
    amber, green = sorted((one, other), key=lambda number: sign * number)
    better, poorer = sorted((value, next_value), key=lambda number: -sign * number)
    bands = [band(direction, green, amber, each) for each in (better, poorer)]
    assert worst(bands) == bands[1]
    assert band(direction, green, amber, green) == "green"
    assert band(direction, green, amber, amber) in ("amber", "green")
    assert band(direction, green, amber, None) == "unknown"
    assert worst([]) == "unknown"
    assert [worst([each, "unknown"]) for each in FROM_BEST] == ["unknown", "unknown", "amber", "red"]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("month", ["2026-01-31T23:00", "2026-02-28T23:00", "2026-03-31T22:00"]),
        ("week", ["2026-03-15T23:00", "2026-03-22T23:00", "2026-03-29T22:00"]),
        ("days", ["2026-03-22T09:30", "2026-03-27T09:30", "2026-04-01T09:30"]),
    ],
)
def test_a_period_is_whole_on_the_wall_clock_or_rolls_up_to_now(period: Period, expected: list[str]) -> None:
    now = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
    found = periods(period, 5, ZoneInfo("Europe/Berlin"), now, 2)
    edges = [f"{at:%Y-%m-%dT%H:%M}" for at in (found[0][0], found[0][1], found[1][1])]
    assert edges == expected
    assert found[0][1] == found[1][0]


async def test_two_replicas_say_a_breach_once_and_its_recovery_once(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    made = await defined(manager)
    assert (made["evaluation"], made["breached_at"], made["version"]) == (None, None, 1)
    await desk(db, 300)
    await asyncio.gather(*(evaluate_targets(db) for _ in range(3)))
    red = await read(manager, "/v1/targets/mail-mttr")
    assert (red["version"], red["evaluation"]["band"], red["evaluation"]["value"]) == (2, "red", 18000)
    assert red["breached_at"] == red["evaluation"]["band_since"]
    assert len((await read(manager, red["evaluation"]["records"]))["items"]) == red["evaluation"]["n"] == 1
    assert await read(manager, "/v1/targets?band=red&service=mail&status=active") == {
        "items": [red],
        "next": None,
    }
    await evaluate_targets(db)
    assert await read(manager, "/v1/targets/mail-mttr") == red, "a quarter of an hour has not passed"
    assert await evaluated(manager) == {"evaluated": 1, "breached": 0, "recovered": 0}

    await desk(db, 10, 2)
    assert await evaluated(manager) == {"evaluated": 1, "breached": 0, "recovered": 0}
    amber = await read(manager, "/v1/targets/mail-mttr")
    assert (amber["evaluation"]["band"], amber["evaluation"]["n"]) == ("amber", 3)
    assert amber["breached_at"] == red["breached_at"], "amber is no recovery"
    assert amber["version"] == 2, "where nothing happened, nobody's If-Match is stale"

    await desk(db, 10, 20)
    await db.execute("UPDATE target_round SET evaluated_at = evaluated_at - interval '15 minutes'")
    await asyncio.gather(*(evaluate_targets(db) for _ in range(3)))
    await evaluated(manager)
    green = await read(manager, "/v1/targets/mail-mttr")
    assert (green["version"], green["evaluation"]["band"], green["breached_at"]) == (3, "green", None)
    assert await said(db, made) == ["defined", "breached", "recovered"]
    told = [json.loads(row["envelope"])["data"] for row in await db.fetch(SAID, UUID(made["id"]))]
    assert [each["evaluation"] and each["evaluation"]["band"] for each in told] == [None, "red", "green"]
    assert (told[1]["success_factor"], told[1]["filters"]) == ("quick", {"service": "mail"})
    assert not [each for each in told if each["owner"] == "mara"], "people are opaque ids"
    assert [
        each["type"].split(".")[2]
        for each in (await read(manager, "/v1/targets/mail-mttr/timeline"))["items"]
    ] == ["defined", "breached", "recovered"]


async def test_a_period_without_records_is_unknown_and_ends_no_breach_but_a_count_of_none_is_known(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await defined(manager)
    await defined(manager, key="few", kpi="opened", green=5, amber=8)
    assert await evaluated(manager) == {"evaluated": 2, "breached": 0, "recovered": 0}
    seen = [(await read(manager, f"/v1/targets/{key}"))["evaluation"] for key in ("mail-mttr", "few")]
    assert [(each["band"], each["value"], each["n"]) for each in seen] == [
        ("unknown", None, 0),
        ("green", 0, 0),
    ]
    await desk(db, 300)
    await evaluated(manager)
    edit = {"days": 5}
    path = "/v1/targets/mail-mttr"
    assert (await manager.patch(path, json=edit)).status_code == 428
    assert (await manager.patch(path, json=edit, headers={"if-match": '"1"'})).status_code == 412
    after = (await manager.patch(path, json=edit, headers={"if-match": '"2"'})).json()
    assert (after["days"], after["evaluation"], after["breached_at"]) == (5, None, None), "judged anew"
    assert (await manager.patch(path, json=edit, headers=ANY)).json()["version"] == 3, "nothing changed"


async def test_a_scorecard_is_as_bad_as_its_worst_target(manager: httpx2.AsyncClient, db: Database) -> None:
    await desk(db, 90, 40)
    await defined(manager)
    await defined(manager, key="mail-few", kpi="opened", green=50, amber=60)
    await defined(manager, key="web-mttr", filters={"service": "web"})
    await defined(manager, key="all", filters={})
    await defined(manager, key="gone", filters={"service": "mail"})
    assert (await manager.post("/v1/targets/gone/retire", headers=ANY)).json()["status"] == "retired"
    assert (await manager.post("/v1/targets/gone/retire", headers=ANY)).status_code == 409
    await defined(manager, key="sales", kpi="request_fulfilment_time", filters={"business_unit": "sales"})
    await evaluated(manager)
    found = await read(manager, "/v1/scorecards?service=mail&trend=true")
    assert (found["service"], found["band"]) == ("mail", "amber")
    [section] = found["success_factors"]
    assert (section["success_factor"]["key"], section["band"]) == ("quick", "amber")
    few, mttr = section["targets"]
    assert (few["key"], few["band"], few["evaluation"]["value"], few["unit"]) == (
        "mail-few",
        "green",
        40,
        "count",
    )
    assert (mttr["key"], mttr["band"], mttr["direction"], mttr["small_n"]) == (
        "mail-mttr",
        "amber",
        "down",
        False,
    )
    assert [each["band"] for each in mttr["trend"]] == ["unknown"] * 5 + ["amber"]
    assert [each["n"] for each in mttr["trend"]] == [0, 0, 0, 0, 0, 40]
    assert len((await read(manager, mttr["evaluation"]["records"]))["items"]) == mttr["evaluation"]["n"]
    whole = await read(manager, "/v1/scorecards")
    assert [line["key"] for line in whole["success_factors"][0]["targets"]] == ["all"]
    assert whole["success_factors"][0]["targets"][0]["trend"] is None
    sales = await read(manager, "/v1/scorecards?business_unit=sales")
    assert [line["key"] for line in sales["success_factors"][0]["targets"]] == ["sales"]
    nothing = await read(manager, "/v1/scorecards?service=printing")
    assert (nothing["band"], nothing["success_factors"]) == ("unknown", [])
    for query in ("service=mail&business_unit=sales", "colour=red", "service="):
        assert (await manager.get(f"/v1/scorecards?{query}")).status_code == 422, query


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"green": 7200, "amber": 3600}, "/amber"),
        ({"kpi": "csat", "filters": {}, "green": 0.8, "amber": 0.9}, "/amber"),
        ({"kpi": "csat", "filters": {}, "green": 80, "amber": 0.7}, "/green"),
        ({"kpi": "demand", "filters": {}}, "/kpi"),
        ({"kpi": "weather"}, "/kpi"),
        ({"filters": {"colour": "red"}}, "/filters/colour"),
        ({"period": "month"}, "/days"),
        ({"days": None}, "/days"),
        ({"zone": "Mars/Base"}, "/zone"),
        ({"success_factor": "unheard-of"}, "/success_factor"),
        ({"green": 1e16}, "/green"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_a_target_that_could_not_be_judged_is_refused(
    manager: httpx2.AsyncClient, fields: dict[str, Any], pointer: str
) -> None:
    await manager.post("/v1/success-factors", json=QUICK)
    answer = await manager.post("/v1/targets", json=MTTR | fields)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    kept = await defined(manager)
    edited = await manager.patch(f"/v1/targets/{kept['id']}", json=fields, headers=ANY)
    assert edited.status_code == 422, edited.text


async def test_a_success_factor_is_kept_while_a_target_serves_it_and_others_see_none_of_it(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    made = await defined(manager)
    path = "/v1/success-factors/quick"
    assert (await manager.post("/v1/success-factors", json=QUICK)).status_code == 409
    edited = await manager.patch(path, json={"description": "Secret plans"}, headers={"if-match": '"1"'})
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert edited.json() == await read(manager, path)
    refused = await manager.post(f"{path}/retire", headers=ANY)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert "mail-mttr" in refused.json()["detail"]
    await manager.post("/v1/targets/mail-mttr/retire", headers=ANY)
    assert (await manager.post(f"{path}/retire", headers=ANY)).json()["status"] == "retired"
    assert (await manager.patch(path, json={"name": "Other"}, headers=ANY)).status_code == 409
    late = await manager.post("/v1/targets", json=MTTR | {"key": "late"})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/success_factor")
    envelopes = [row["envelope"] for row in await db.fetch("SELECT envelope FROM event")]
    assert len(envelopes) == 5
    assert not [each for each in envelopes if "Secret" in each or "mara" in each]
    stranger = {"authorization": "Bearer other.mara.manager"}
    assert (await manager.get(f"/v1/targets/{made['id']}", headers=stranger)).status_code == 404
    assert (await manager.get("/v1/success-factors", headers=stranger)).json()["items"] == []
    assert (await manager.get(path, headers=AGENT)).status_code == 200
    assert (await manager.post("/v1/targets:evaluate", headers=AGENT)).status_code == 403

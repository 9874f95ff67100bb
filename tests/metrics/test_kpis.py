"""What the figures say, and how they may be asked."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from itsm_chassis import clock
from itsm_chassis.auth.permissions import ROLES
from itsm_chassis.store.database import Database
from itsm_metrics.rules.kpis import KPIS
from support.incident_events import Story, at
from support.metrics import hear_stories, kpi

DAY = 24 * 60


async def test_the_answer_has_exactly_this_shape(manager: httpx2.AsyncClient, db: Database) -> None:
    quick = Story(priority="P1").then(10, "resolved")
    slow = Story(priority="P2").then(1, "in_progress").then(20, "resolved")
    await hear_stories(db, quick, slow, Story())
    records = "/v1/kpis/mttr/records?from=2026-03-02T08%3A00%3A00Z&to=2026-03-02T09%3A00%3A00Z"
    assert await kpi(manager, "mttr", from_=at(0), to=at(60), group_by="priority") == {
        "slug": "mttr",
        "unit": "s",
        "zone": "UTC",
        "as_of": None,
        "from": "2026-03-02T08:00:00Z",
        "to": "2026-03-02T09:00:00Z",
        "n": 2,
        "small_n": True,
        "value": 900.0,
        "quantiles": {"p50": 900.0, "p90": 1140.0, "p95": 1170.0, "error": 0},
        "records": records,
        "groups": [
            {
                "key": "P1",
                "n": 1,
                "small_n": True,
                "value": 600.0,
                "quantiles": {"p50": 600.0, "p90": 600.0, "p95": 600.0, "error": 0},
                "records": f"{records}&priority=P1",
            },
            {
                "key": "P2",
                "n": 1,
                "small_n": True,
                "value": 1200.0,
                "quantiles": {"p50": 1200.0, "p90": 1200.0, "p95": 1200.0, "error": 0},
                "records": f"{records}&priority=P2",
            },
        ],
        "excluded": {"never_resolved": 1},
        "coverage": 2 / 3,
        "fresh_as_of": "2026-03-02T08:20:00Z",
        "freshness": [
            {
                "source": "/itsm/incident",
                "event_time": "2026-03-02T08:20:00Z",
                "recorded_at": "2026-03-02T08:20:00Z",
                "lag_s": -1200.0,
            }
        ],
        "formula": {"id": "mttr", "version": 1},
        "formula_version": 1,
    }


async def test_a_tenant_of_which_nothing_was_heard_gets_zeros_and_nulls(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await hear_stories(db, Story(tenant="globex").then(5, "on_hold").then(9, "resolved").then(12, "on_hold"))
    for slug, declared in KPIS.items():
        answer = await kpi(manager, slug, group_by="service")
        nothing = 0 if declared.kind in ("count", "sum", "gauge", "growth", "frequency") else None
        assert (answer["n"], answer["value"], answer["quantiles"], answer["groups"]) == (0, nothing, None, [])
        assert set(answer["excluded"].values()) <= {0}
        assert answer["fresh_as_of"] is None


async def test_the_period_is_half_open_and_goes_by_the_completing_event(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await hear_stories(db, Story(0).then(60, "resolved").then(70, "in_progress").then(90, "resolved"))
    assert (await kpi(manager, "mttr", from_=at(60), to=at(61)))["value"] == 3600
    assert (await kpi(manager, "mttr", from_=at(0), to=at(60)))["n"] == 0
    assert (await kpi(manager, "mtrs", from_=at(90), to=at(91)))["value"] == 5400
    assert (await kpi(manager, "mtrs", from_=at(60), to=at(90)))["n"] == 0
    assert (await kpi(manager, "opened", from_=at(0), to=at(1)))["value"] == 1
    assert (await kpi(manager, "reopenings", from_=at(70), to=at(71)))["value"] == 1
    assert (await kpi(manager, "reopen_rate", from_=at(60), to=at(61)))["value"] == 1


async def test_never_acknowledged_are_counted_beside_the_mean(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    await hear_stories(db, Story().then(4, "in_progress"), Story(service="mail"), Story(service="web"))
    answer = await kpi(manager, "mtta")
    assert (answer["n"], answer["value"], answer["excluded"]) == (1, 240, {"never_acknowledged": 2})
    assert (await kpi(manager, "mtta", service="web"))["excluded"] == {"never_acknowledged": 1}


async def test_the_backlog_is_what_stood_open_at_to_and_where(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    moved = Story(assignment_group="a").then(10, assignment_group="b").then(20, "on_hold").then(30, "closed")
    await hear_stories(db, moved, Story(15, assignment_group="a"))
    seen = []
    for minute in (-1, 0, 9, 10, 15, 29, 30):
        answer = await kpi(manager, "backlog", to=at(minute), group_by="assignment_group")
        assert answer["n"] == answer["value"]
        seen.append((minute, answer["value"], {g["key"]: g["value"] for g in answer["groups"]}))
    assert seen == [
        (-1, 0, {}),
        (0, 1, {"a": 1}),
        (9, 1, {"a": 1}),
        (10, 1, {"b": 1}),
        (15, 2, {"a": 1, "b": 1}),
        (29, 2, {"a": 1, "b": 1}),
        (30, 1, {"a": 1}),
    ]


async def test_the_backlogs_age_is_in_whole_days_and_in_buckets(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    ages = [0, 1.9, 2, 5.5, 6, 30.9, 31, 91]
    await hear_stories(db, *(Story(-days * DAY) for days in ages))
    answer = await kpi(manager, "backlog_age", to=at(0), group_by="age")
    assert answer["value"] == (0 + 1 + 2 + 5 + 6 + 30 + 31 + 91) / 8 * 86_400
    assert answer["quantiles"]["p50"] == 5.5 * 86_400
    buckets = [("0-1", 2), ("2-5", 2), ("6-30", 2), ("31-90", 1), (">90", 1)]
    assert [(g["key"], g["n"]) for g in answer["groups"]] == buckets
    assert (await kpi(manager, "backlog", to=at(0), age="6-30"))["value"] == 2


async def test_holds_are_summed_and_records_counted(manager: httpx2.AsyncClient, db: Database) -> None:
    twice = Story().then(0, "on_hold").then(10, "in_progress").then(20, "on_hold").then(25, "resolved")
    await hear_stories(db, twice, Story().then(0, "on_hold").then(30, "closed"), Story().then(1, "on_hold"))
    answer = await kpi(manager, "time_on_hold")
    assert (answer["n"], answer["value"], answer["quantiles"]["p50"]) == (2, 2700, 600)


async def test_reassignments_first_contact_and_reopenings(manager: httpx2.AsyncClient, db: Database) -> None:
    clean = Story(assignment_group="a").then(5, "resolved")
    moved = Story(assignment_group="a").then(5, assignment_group="b").then(6, "resolved")
    again = Story().then(5, "resolved").then(6, "in_progress").then(7, "closed").then(8, "in_progress")
    await hear_stories(db, clean, moved, again, Story())
    assert (await kpi(manager, "first_contact_resolution"))["value"] == pytest.approx(1 / 3)
    assert (await kpi(manager, "reassignment"))["value"] == pytest.approx(1 / 3)
    assert (await kpi(manager, "reopen_rate"))["value"] == pytest.approx(1 / 3)
    reopenings = await kpi(manager, "reopenings")
    assert (reopenings["n"], reopenings["value"]) == (1, 2)
    assert (await kpi(manager, "resolved"))["value"] == 3


async def test_data_quality_counts_each_finding_by_its_code(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    odd = Story().then(5, "closed", deviations=["closed_without_resolved", "unusual_transition"])
    lost = Story().then(5, "in_progress").then(6, "resolved")
    del lost.told[1]
    await hear_stories(db, odd, lost)
    answer = await kpi(manager, "data_quality", group_by="code")
    assert (answer["n"], answer["value"]) == (2, 3)
    codes = {group["key"]: group["value"] for group in answer["groups"]}
    assert codes == {"closed_without_resolved": 1, "unusual_transition": 1, "sequence_gap": 1}
    assert (await kpi(manager, "data_quality", code="sequence_gap"))["value"] == 1


async def test_months_are_those_of_utc_and_the_absent_is_a_group_of_its_own(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    last_minute = (at(0).replace(day=31, hour=23, minute=59) - at(0)).total_seconds() / 60
    await hear_stories(db, Story(last_minute, service="mail"), Story(last_minute + 1))
    answer = await kpi(manager, "opened", group_by="month", from_="2026-01-01T02:00:00+02:00")
    assert [(g["key"], g["value"]) for g in answer["groups"]] == [("2026-03", 1), ("2026-04", 1)]
    assert answer["from"] == "2026-01-01T00:00:00Z"
    by_service = await kpi(manager, "opened", group_by="service")
    assert [(g["key"], g["value"]) for g in by_service["groups"]] == [("mail", 1), (None, 1)]
    assert (await kpi(manager, "opened", service=""))["value"] == 1
    assert (await kpi(manager, "opened", month="2026-04"))["value"] == 1
    assert (await kpi(manager, "opened", month="2026-04", service="mail"))["value"] == 0


async def test_a_late_event_restates_the_figure(manager: httpx2.AsyncClient, db: Database) -> None:
    story = Story().then(10, "resolved").then(20, "in_progress").then(30, "resolved")
    late = story.told.pop(1)
    await hear_stories(db, story)
    assert (await kpi(manager, "mttr"))["value"] == 1800
    story.told = [late]
    await hear_stories(db, story)
    assert (await kpi(manager, "mttr"))["value"] == 600
    assert (await kpi(manager, "data_quality"))["value"] == 0


async def test_without_a_period_it_is_the_thirty_days_until_now(
    manager: httpx2.AsyncClient, db: Database
) -> None:
    before = clock.now()
    answer = (await manager.get("/v1/kpis/opened")).json()
    until = datetime.fromisoformat(answer["to"])
    assert before <= until <= clock.now()
    assert datetime.fromisoformat(answer["from"]) == until - timedelta(days=30)


async def test_the_catalogue_says_what_each_figure_means(manager: httpx2.AsyncClient) -> None:
    items: list[dict[str, Any]] = (await manager.get("/v1/kpis")).json()["items"]
    assert [item["slug"] for item in items] == list(KPIS)
    assert all(item["formula"] and item["formula_version"] >= 1 for item in items)
    [mttr] = [item for item in items if item["slug"] == "mttr"]
    assert mttr["unit"] == "s"
    assert (mttr["practice"], mttr["direction"], mttr["small_n_below"]) == ("Incident management", "down", 30)
    practices = {item["slug"]: item["practice"] for item in items}
    assert practices["change_failure_rate"] == "Release and deployment management"
    assert practices["availability"] == "Availability management"
    assert {item["direction"] for item in items} == {"up", "down", "neutral"}
    assert mttr["group_by"] == ["priority", "service", "assignment_group", "month"]


REFUSED = {
    "group_by=assignee": "unknown_group",
    "group_by=age": "unknown_group",
    "group_by=": "unknown_group",
    "colour=red": "unknown_parameter",
    "code=sequence_gap": "unknown_parameter",
    "priority=P9": "invalid_parameter",
    "month=2026-13": "invalid_parameter",
    "service=a&service=b": "parameter_repeated",
    "from=2026-03-01T00:00:00": "invalid_parameter",
    "to=yesterday": "invalid_parameter",
    "from=2026-03-01T00:00:00Z&to=2026-03-01T00:00:00Z": "empty_period",
    "from=9999-01-01T00:00:00Z": "empty_period",
}


async def test_a_question_that_is_not_understood_is_refused(manager: httpx2.AsyncClient) -> None:
    for asked, code in REFUSED.items():
        answer = await manager.get(f"/v1/kpis/mttr?{asked}")
        assert (answer.status_code, answer.json()["code"]) == (422, code), asked
        assert answer.json()["errors"][0]["pointer"] == asked.partition("=")[0]


async def test_a_period_at_the_beginning_of_time_is_none(manager: httpx2.AsyncClient) -> None:
    answer = await manager.get("/v1/kpis/mttr?to=0001-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (422, "empty_period")


async def test_an_unknown_figure_is_not_found(manager: httpx2.AsyncClient) -> None:
    assert (await manager.get("/v1/kpis/happiness")).status_code == 404


ALLOWED = {
    "/v1/kpis": ROLES - {"requester"},
    "/v1/kpis/mttr": ROLES - {"requester"},
    "/v1/kpis/mttr/records": ROLES - {"requester"},
    "/v1/sources": ROLES - {"requester"},
}


async def test_each_role_against_each_operation(manager: httpx2.AsyncClient) -> None:
    for path, allowed in ALLOWED.items():
        for role in ROLES:
            answer = await manager.get(path, headers={"authorization": f"Bearer acme.x.{role}"})
            assert answer.status_code == (200 if role in allowed else 403), (path, role)


@pytest.mark.parametrize(
    ("slug", "most"),
    [
        ("opened", 1),  # sums are kept
        ("reopenings", 1),  # none are
        ("mttr", 2),  # the sums say that it is small enough to be read fact by fact
    ],
)
async def test_an_answer_costs_one_statement_or_two_and_its_freshness_in_one_snapshot(
    manager: httpx2.AsyncClient, db: Database, statements: list[str], slug: str, most: int
) -> None:
    await hear_stories(db, Story().then(5, "resolved"))
    await kpi(manager, slug, group_by="month", priority="P3")  # the connection learns its types
    statements.clear()
    await kpi(manager, slug, group_by="month", priority="P3")
    assert statements[0] == "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    assert len(statements) == most + 3, "freshness, begun and ended"

"""The figures of changes: a failure is a change that failed, however many incidents it made."""

from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from support.change_stories import ChangeStory, SuspicionStory
from support.incident_events import Story, altered, at
from support.metrics import hear, kpi, query
from support.said_events import RequestStory, Told


async def told(db: Database, *stories: Told | Story) -> None:
    """Hear all of them at once."""
    await hear(db, [event for story in stories for event in story.told])


def implemented(minutes: float = 60, **state: Any) -> ChangeStory:
    """A change that was requested at the start, and implemented."""
    return ChangeStory(**state).then(minutes, "review")


async def test_one_of_four_changes_with_three_incidents_is_a_quarter_and_a_suspicion_widens_it(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    bad, doubtful, *good = (implemented(60 + n, service="mail") for n in range(4))
    await told(db, bad, doubtful, *good)
    answer = await kpi(manager, "change_failure_rate")
    assert (answer["n"], answer["value"], answer["interval"]) == (4, 0, [0, 0])
    await told(db, *(SuspicionStory(bad, new_id(), 100 + n, "confirmed") for n in range(3)))
    answer = await kpi(manager, "change_failure_rate")
    assert (answer["n"], answer["value"], answer["interval"]) == (4, 0.25, [0.25, 0.25])
    maybe = SuspicionStory(doubtful, new_id(), 100)
    await told(db, maybe, SuspicionStory(bad, new_id(), 120))
    answer = await kpi(manager, "change_failure_rate", group_by="service")
    assert (answer["value"], answer["interval"]) == (0.25, [0.25, 0.5])
    assert answer["groups"][0]["interval"] == [0.25, 0.5]
    assert answer["basis"] == "implemented_changes"
    await told(db, maybe.then(130, "rejected"))
    assert (await kpi(manager, "change_failure_rate"))["interval"] == [0.25, 0.25]


async def test_a_change_fails_by_its_close_code_by_its_back_out_or_by_an_incident_and_only_once(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    thrice = implemented().backed_out(70).then(80, "closed", close_code="unsuccessful")
    issues = implemented().then(80, "closed", close_code="successful_with_issues")
    await told(
        db,
        implemented().then(80, "closed", close_code="unsuccessful"),
        implemented().backed_out(70).then(80, "closed"),
        thrice,
        SuspicionStory(thrice, new_id(), 90, "confirmed"),
        issues,
        SuspicionStory(issues, new_id(), 90, "confirmed").then(99, "withdrawn"),
        ChangeStory().then(5, "scheduled"),
        ChangeStory().then(5, "cancelled"),
    )
    answer = await kpi(manager, "change_failure_rate")
    assert (answer["n"], answer["value"], answer["interval"]) == (4, 0.75, [0.75, 0.75])


async def test_a_failure_that_comes_to_light_late_restates_the_period_of_the_change(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    made = implemented(service="mail")
    month = 31 * 24 * 60
    await told(db, SuspicionStory(made, new_id(), month, "confirmed"))
    assert (await kpi(manager, "change_failure_rate"))["interval"] is None, "the change is not heard of yet"
    await told(db, made, implemented(month))
    answer = await kpi(manager, "change_failure_rate", group_by="month")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"2026-03": 1, "2026-04": 0}


async def test_recovery_lasts_from_the_first_incident_or_the_deployment_until_restored_or_backed_out(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    reverted = implemented().backed_out(90)
    restored, undone = implemented(), implemented().backed_out(130)
    one, two = Story(100).then(110, "resolved"), Story(105).then(160, "resolved")
    trouble = Story(100).then(999, "resolved")
    lasting, early = implemented(), implemented().backed_out(70)
    never, late = Story(100).then(101, "resolved"), Story(100).then(140, "resolved")
    await told(db, reverted, restored, undone, one, two, trouble, lasting, early, never, late)
    await told(db, implemented().then(70, "closed", close_code="unsuccessful"), implemented())
    for made, caused in (
        (restored, one),
        (restored, two),
        (undone, trouble),
        (lasting, never),
        (early, late),
    ):
        await told(db, SuspicionStory(made, caused, state="confirmed"))
    await told(db, SuspicionStory(lasting, Story(100), state="confirmed"))
    answer = await kpi(manager, "recovery_time")
    spans = [90 - 60, 160 - 100, 130 - 100, 140 - 100]
    assert answer["n"] == 4
    assert answer["value"] == sum(spans) / 4 * 60
    assert answer["quantiles"]["p50"] == 35 * 60
    assert answer["excluded"] == {"unrecovered": 2}, "one with an open incident, one that nobody undid"
    assert answer["basis"] == "implemented_changes"
    assert (await kpi(manager, "change_failure_rate"))["value"] == 6 / 7


async def test_lead_time_frequency_and_rework_are_of_implemented_changes(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await told(
        db,
        implemented(60, template="disk", requester="anna", change_type="standard"),
        implemented(120, reverts="CHG-000001", assignment_group="unix"),
        implemented(-10, assignment_group="unix"),
        ChangeStory(),
    )
    answer = await kpi(manager, "change_lead_time", group_by="assignment_group")
    assert (answer["n"], answer["value"]) == (3, 170 * 20), "a negative one stays in"
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"unix": 55 * 60, None: 3600}
    assert (await kpi(manager, "data_quality", code="negative_interval"))["value"] == 1
    assert (await kpi(manager, "deployment_frequency", change_type="standard"))["value"] == 1
    answer = await kpi(manager, "deployment_frequency", group_by="template")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {"disk": 1, None: 2}
    keys = [g["key"] for g in (await kpi(manager, "deployment_frequency", group_by="requester"))["groups"]]
    assert len(keys) == 2
    assert "anna" not in keys, "people are opaque ids"
    assert (await kpi(manager, "rework_rate"))["value"] == pytest.approx(1 / 3)


async def test_the_ratios_are_of_all_closed_changes_and_an_unauthorised_one_is_no_emergency(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    found: dict[str, Any] = {"unauthorized": True, "change_type": "emergency"}
    await told(
        db,
        ChangeStory(change_type="emergency").then(10, "review").then(20, "closed"),
        ChangeStory(**found).then(10, "review").then(20, "closed"),
        *(ChangeStory().then(10, "review").then(20, "closed") for _ in range(2)),
        ChangeStory(change_type="emergency").then(10, "review"),
        ChangeStory(**found).then(5, "cancelled"),
    )
    for slug in ("emergency_ratio", "unauthorised_ratio"):
        answer = await kpi(manager, slug)
        assert (answer["n"], answer["value"]) == (4, 0.25)
    assert "basis" not in answer


async def test_only_a_change_that_was_asked_about_here_waits_for_approval(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    twice = ChangeStory(service="mail").then(10, "authorize").then(40, "new", reason="No")
    await told(
        db,
        twice.then(50, "authorize").then(60).then(80, "scheduled"),
        ChangeStory().then(10, "authorize"),
        ChangeStory(unauthorized=True).then(90, "review"),
        ChangeStory().then(5, "scheduled", approved_at=at(5)).then(10, "review"),
        RequestStory().then(10, "awaiting_approval").then(20, "approved"),
    )
    answer = await kpi(manager, "approval_wait", group_by="record_type")
    assert {g["key"]: (g["n"], g["value"]) for g in answer["groups"]} == {
        "change": (1, 3600),
        "service_request": (1, 600),
    }
    assert (await kpi(manager, "approval_wait", record_type="change", service="mail"))["n"] == 1


async def test_oddities_of_changes_are_counted(db: Database, manager: httpx2.AsyncClient) -> None:
    lost = ChangeStory().then(5, "scheduled").then(9, "review")
    del lost.told[1]
    await told(db, lost, ChangeStory().then(5, "review", deviations=["missing_approval"]))
    await hear(db, [altered(lost.told[1])])
    answer = await kpi(manager, "data_quality", group_by="code")
    assert {g["key"]: g["value"] for g in answer["groups"]} == {
        "sequence_gap": 1,
        "sequence_conflict": 1,
        "missing_approval": 1,
    }


@pytest.mark.parametrize(
    ("slug", "asked"),
    [
        ("change_failure_rate", {"priority": "P1"}),
        ("change_lead_time", {"change_type": "urgent"}),
        ("approval_wait", {"record_type": "problem"}),
        ("mttr", {"template": "disk"}),
    ],
)
async def test_what_a_figure_of_changes_does_not_know_is_refused(
    manager: httpx2.AsyncClient, slug: str, asked: dict[str, str]
) -> None:
    answer = await manager.get(f"/v1/kpis/{slug}?{query(asked.items())}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, next(iter(asked)))

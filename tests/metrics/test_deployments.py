"""DORA's five: of production deployments, and of implemented changes where a service has none."""

from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from support.change_stories import ChangeStory, SuspicionStory
from support.deployment_stories import DeploymentStory
from support.incident_events import Story, at
from support.metrics import hear, kpi
from support.said_events import Told


async def told(db: Database, *stories: Told | Story) -> None:
    """Hear all of them at once."""
    await hear(db, [event for story in stories for event in story.told])


def deployed(minutes: float = 60, service: str = "mail", **state: Any) -> DeploymentStory:
    """A deployment that succeeded."""
    return DeploymentStory(minutes - 5, service, **state).then(minutes, "succeeded")


def by_key(answer: Any, name: str = "value") -> dict[str | None, Any]:
    return {group["key"]: group[name] for group in answer["groups"]}


async def test_deployments_are_counted_where_a_service_has_them_and_changes_elsewhere(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    own = ChangeStory(service="mail", assignment_group="unix", change_type="standard").then(60, "review")
    by_hand = ChangeStory(service="mail").then(90, "review")
    await told(db, own, by_hand, *(ChangeStory(service="web").then(60, "review") for _ in range(3)))
    await told(db, ChangeStory().then(60, "review"))
    answer = await kpi(manager, "deployment_frequency")
    assert (answer["value"], answer["basis"]) == (6, "implemented_changes")
    await told(db, deployed(60, of=own), deployed(70))
    answer = await kpi(manager, "deployment_frequency", group_by="service")
    assert (answer["value"], answer["basis"]) == (6, "mixed"), "two deployments, and four changes elsewhere"
    assert by_key(answer) == {"mail": 2, "web": 3, None: 1}
    assert by_key(answer, "basis")["mail"] == "production_deployments"
    assert by_key(answer, "basis")["web"] == "implemented_changes"
    assert answer["excluded"] == {"changes_not_deployed": 1}, "what was done to mail by hand"
    answer = await kpi(manager, "deployment_frequency", service="mail", group_by="assignment_group")
    assert by_key(answer) == {"unix": 1, None: 1}, "a deployment stands where its change does"
    earlier: dict[str, Any] = {"from_": at(80), "to": at(100)}
    answer = await kpi(manager, "deployment_frequency", service="mail", **earlier)
    assert (answer["value"], answer["basis"]) == (1, "implemented_changes"), "none in this period"


async def test_only_production_deployments_that_ended_count_and_those_of_a_release_or_a_change_once(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    change = ChangeStory(service="web")
    await told(
        db,
        DeploymentStory(),
        deployed(environment="staging"),
        deployed(60, release="July", first_commit_at=at(0)),
        deployed(90, release="July", first_commit_at=at(20)),
        deployed(60, "web", of=change).then(70, "rolled_back"),
        deployed(80, "web", of=change),
        deployed(80, "web", release="July"),
    )
    assert by_key(await kpi(manager, "deployment_frequency", group_by="service")) == {"mail": 1, "web": 2}
    answer = await kpi(manager, "change_lead_time")
    assert (answer["n"], answer["value"]) == (1, 90 * 60), "from the first commit to the last deployment"
    assert answer["excluded"] == {"commit_unknown": 2, "changes_not_deployed": 0}
    answer = await kpi(manager, "change_failure_rate", service="web")
    assert (answer["n"], answer["value"], answer["basis"]) == (2, 0.5, "production_deployments")


async def test_a_deployment_fails_by_its_outcome_or_with_its_change_and_only_once(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    changes = [ChangeStory(service="mail").then(60, "review") for _ in range(4)]
    changes[0].then(70, "closed", close_code="unsuccessful")
    await told(
        db,
        *changes,
        *(deployed(60, of=change) for change in changes),
        DeploymentStory().then(60, "failed"),
        deployed(60),
        *(SuspicionStory(changes[1], new_id(), 100, "confirmed") for _ in range(3)),
        SuspicionStory(changes[2], new_id(), 100),
    )
    answer = await kpi(manager, "change_failure_rate")
    assert (answer["n"], answer["value"], answer["interval"]) == (6, 3 / 6, [3 / 6, pytest.approx(4 / 6)])


async def test_recovery_ends_with_a_rollback_a_fix_or_the_last_incident(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    change = ChangeStory(service="mail").then(60, "review")
    hurt = deployed(60, of=change)
    incident = Story(80).then(200, "resolved")
    broken = DeploymentStory().then(60, "failed")
    await told(
        db,
        change,
        hurt,
        incident,
        SuspicionStory(change, incident, state="confirmed"),
        deployed(60).then(75, "rolled_back"),
        broken,
        DeploymentStory(70, fixes=broken.name).then(95, "failed").then(96, "rolled_back"),
        deployed(100, reverts=broken.name),
        DeploymentStory().then(60, "failed"),
    )
    answer = await kpi(manager, "recovery_time")
    assert answer["n"] == 4
    assert answer["value"] == pytest.approx((120 + 15 + 40 + 1) / 4 * 60)
    assert answer["excluded"] == {"unrecovered": 1}
    assert (await kpi(manager, "rework_rate"))["value"] == pytest.approx(2 / 6)
    fix = deployed(110, fixes=hurt.name)
    await told(db, fix)
    assert (await kpi(manager, "recovery_time"))["value"] == pytest.approx((30 + 15 + 40 + 1) / 4 * 60)


async def test_what_is_behind_a_figure_is_shown_as_deployments_and_changes(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    made, change = deployed(60), ChangeStory(service="web").then(70, "review")
    await told(db, made, change)
    answer = await kpi(manager, "change_failure_rate")
    records = (await manager.get(answer["records"])).json()["items"]
    assert [(each["resource"], each["record"]) for each in records] == [
        ("deployment", str(made.subject)),
        ("change", str(change.subject)),
    ]


async def test_a_commit_after_its_deployment_stays_in_and_is_counted_as_odd(
    db: Database, manager: httpx2.AsyncClient
) -> None:
    await told(db, deployed(60, first_commit_at=at(90)))
    assert (await kpi(manager, "change_lead_time"))["value"] == -1800
    assert (await kpi(manager, "data_quality", code="negative_interval"))["value"] == 1

"""Deployments: a pipeline tells the truth, whatever it is, and the change follows."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from itsm_chassis import clock
from itsm_chassis.clock import text
from support.changes import NEW, advanced, board
from support.services import Caller, Running

TEMPLATE: dict[str, Any] = {
    "key": "deploy-mail",
    "name": "Deploy mail",
    "title": "Deploy mail",
    "service": "mail",
    "plan": "The pipeline rolls it out.",
    "preapproved": True,
    "history_size": 2,
    "max_failure_rate": 0.5,
}


def ago(minutes: float) -> str:
    """A time that is past."""
    return text(clock.now() - timedelta(minutes=minutes))


def word(external_id: str = "mail/1", **fields: Any) -> dict[str, Any]:
    """What a pipeline sends."""
    started = {"external_id": external_id, "service": "mail", "environment": "production"}
    return started | {"commit": "9f1c2ab04d55e2f0", "started_at": ago(10), "outcome": "running"} | fields


@pytest.fixture
async def pipeline(change: Running) -> Caller:
    await change.caller("change_manager").creates("/v1/change-templates", **TEMPLATE)
    return change.caller("service", "ci")


async def tells(pipeline: Caller, body: Any) -> Any:
    """What comes back; it must be accepted."""
    answer = await pipeline.call("POST", "/v1/deployments", body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def owner(pipeline: Caller, told: Any) -> Any:
    """The change of a deployment."""
    return await pipeline.get(f"/v1/changes/{told['change_id']}")


async def said(change: Running) -> list[str]:
    """What was said of deployments, in order."""
    rows = await change.db.fetch("SELECT type FROM event WHERE type LIKE '%.deployment.%' ORDER BY id")
    return [row["type"].split(".")[2] for row in rows]


async def test_a_production_deployment_opens_its_standard_change_and_closes_it(
    change: Running, pipeline: Caller
) -> None:
    body = word(commit_times=[ago(60), ago(90)])
    first = await pipeline.call("POST", "/v1/deployments", body)
    told = first.json()
    assert (first.status_code, first.headers["location"]) == (201, f"/v1/deployments/{told['id']}")
    assert (told["unauthorized"], told["obstacles"], told["opened_change"]) == (False, [], True)
    assert told["first_commit_at"] == min(told["commit_times"]) == told["commit_times"][0]
    made = await owner(pipeline, told)
    assert (made["change_type"], made["status"], made["template"]) == ("standard", "implement", "deploy-mail")
    assert (made["plan"], made["requester"]) == (TEMPLATE["plan"], "ci")
    assert made["actual_start"] == made["planned_start"] == told["started_at"] == body["started_at"]
    ended = await tells(pipeline, body | {"outcome": "succeeded", "finished_at": ago(4)})
    assert (ended["id"], ended["version"], ended["outcome"]) == (told["id"], 2, "succeeded")
    made = await owner(pipeline, told)
    assert (made["status"], made["close_code"], made["backed_out"]) == ("closed", "successful", False)
    assert made["implemented_at"] == ended["finished_at"]
    timeline = (await pipeline.get(f"/v1/changes/{made['id']}/timeline"))["items"]
    assert [item["type"].split(".", 1)[1] for item in timeline if item["sequence"]] == [
        "deployment.started.v1",
        "change.requested.v1",
        "change.scheduled.v1",
        "change.implementation_started.v1",
        "deployment.succeeded.v1",
        "change.implemented.v1",
        "change.closed.v1",
    ]
    event = await change.db.fetchval("SELECT envelope FROM event WHERE type = 'itsm.deployment.succeeded.v1'")
    data = json.loads(event)["data"]
    assert (data["commit_times"], data["change_id"]) == (told["commit_times"], made["id"])


@pytest.mark.parametrize("outcome", ["failed", "rolled_back"])
async def test_one_that_goes_wrong_is_unsuccessful_with_a_review(
    change: Running, pipeline: Caller, outcome: str
) -> None:
    body = word(outcome="running")
    await tells(pipeline, body)
    told = await tells(pipeline, body | {"outcome": outcome, "url": "https://ci.example.org/1"})
    made = await owner(pipeline, told)
    assert (made["status"], made["close_code"]) == ("closed", "unsuccessful")
    assert made["backed_out"] == bool(made["backed_out_at"]) == (outcome == "rolled_back")
    assert "https://ci.example.org/1" in made["review_note"]
    assert bool(told["rolled_back_at"]) == (outcome == "rolled_back")


async def test_one_that_is_told_late_and_once_is_the_same_story(change: Running, pipeline: Caller) -> None:
    body = word(started_at=ago(600), finished_at=ago(590), outcome="succeeded")
    told = await tells(pipeline, body)
    assert (told["version"], told["outcome"]) == (2, "succeeded")
    assert await said(change) == ["started", "succeeded"]
    made = await owner(pipeline, told)
    assert (made["status"], made["implemented_at"]) == ("closed", body["finished_at"])
    assert (made["planned_start"], made["planned_end"]) == (body["started_at"], body["finished_at"])


async def test_a_success_may_be_rolled_back_later_and_the_change_counts_as_failed(
    change: Running, pipeline: Caller
) -> None:
    body = word(outcome="succeeded", finished_at=ago(8))
    await tells(pipeline, body)
    undone = {"outcome": "rolled_back", "rolled_back_at": ago(1)}
    told = await tells(pipeline, body | undone)
    assert (told["finished_at"], told["rolled_back_at"]) == (body["finished_at"], undone["rolled_back_at"])
    made = await owner(pipeline, told)
    assert (made["status"], made["backed_out"]) == ("closed", True)
    assert made["backed_out_at"] == undone["rolled_back_at"]
    assert await said(change) == ["started", "succeeded", "rolled_back"]


async def test_the_same_word_again_changes_nothing_and_another_one_is_refused(
    change: Running, pipeline: Caller
) -> None:
    body = word()
    first = await tells(pipeline, body)
    again = await pipeline.call("POST", "/v1/deployments", body)
    assert (again.status_code, again.json()) == (200, first)
    other = await pipeline.call("POST", "/v1/deployments", body | {"commit": "abc", "service": "web"})
    assert (other.status_code, other.json()["code"]) == (409, "told_otherwise")
    assert {each["pointer"] for each in other.json()["errors"]} == {"/commit", "/service"}
    ended = body | {"outcome": "succeeded", "finished_at": ago(1), "fixes": "mail/0"}
    told = await tells(pipeline, ended)
    assert told["fixes"] == "mail/0"
    assert await tells(pipeline, ended) == told
    for outcome in ("running", "failed"):
        back = await pipeline.call("POST", "/v1/deployments", body | {"outcome": outcome})
        assert (back.status_code, back.json()["code"]) == (409, "illegal_outcome")
    assert await pipeline.get(f"/v1/deployments/{told['id']}") == told
    assert await said(change) == ["started", "succeeded"]
    assert len((await pipeline.get("/v1/changes"))["items"]) == 1


async def test_twins_record_one_deployment_and_open_one_change(change: Running, pipeline: Caller) -> None:
    body = word()
    answers = await asyncio.gather(*(pipeline.call("POST", "/v1/deployments", body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len((await pipeline.get("/v1/changes"))["items"]) == 1
    assert len((await pipeline.get("/v1/deployments"))["items"]) == 1


async def test_a_key_that_is_sent_again_gets_the_same_answer(change: Running, pipeline: Caller) -> None:
    body = word()
    first = await pipeline.call("POST", "/v1/deployments", body, Idempotency_Key="run-1")
    await tells(pipeline, body | {"outcome": "succeeded"})
    again = await pipeline.call("POST", "/v1/deployments", body, Idempotency_Key="run-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"service": "web"}, "template_missing"),
        ({"template": "nothing"}, "template_unknown"),
        ({"template": "deploy-mail", "service": "web"}, "template_of_another_service"),
        ({"change": "CHG-999999"}, "change_unknown"),
    ],
)
async def test_what_nothing_approved_is_recorded_as_an_unauthorised_change(
    change: Running, pipeline: Caller, fields: dict[str, Any], code: str
) -> None:
    body = word(**fields)
    told = await tells(pipeline, body)
    assert (told["unauthorized"], [each["code"] for each in told["obstacles"]]) == (True, [code])
    made = await owner(pipeline, told)
    assert (made["change_type"], made["unauthorized"], made["status"]) == ("emergency", True, "authorize")
    assert told["obstacles"][0]["message"] in made["description"]
    await tells(pipeline, body | {"outcome": "rolled_back"})
    made = await owner(pipeline, told)
    assert (made["status"], made["backed_out"], made["close_code"]) == ("review", True, None)


async def test_failures_cost_the_template_its_word_and_the_next_is_unauthorised(
    change: Running, pipeline: Caller
) -> None:
    for number in range(2):
        await tells(pipeline, word(f"mail/{number}", outcome="failed", started_at=ago(9 - number)))
    assert (await pipeline.get("/v1/change-templates/deploy-mail"))["preapproved"] is False
    named = await tells(pipeline, word("mail/2", template="deploy-mail"))
    assert [each["code"] for each in named["obstacles"]] == ["template_not_preapproved"]
    assert named["unauthorized"]


async def test_several_templates_have_to_be_told_apart(change: Running, pipeline: Caller) -> None:
    await change.caller("change_manager").creates("/v1/change-templates", **TEMPLATE | {"key": "disk"})
    unclear = await tells(pipeline, word())
    assert unclear["obstacles"][0]["code"] == "template_ambiguous"
    clear = await tells(pipeline, word("mail/2", template="deploy-mail"))
    assert (clear["unauthorized"], (await owner(pipeline, clear))["template"]) == (False, "deploy-mail")


async def test_a_scheduled_change_that_is_named_is_implemented_and_left_to_people(
    change: Running, pipeline: Caller
) -> None:
    await board(change)
    made = await advanced(change, "normal", "scheduled", planned_start=ago(30), planned_end=ago(-30))
    body = word(change=made["number"])
    told = await tells(pipeline, body)
    assert (told["change_id"], told["unauthorized"], told["opened_change"]) == (made["id"], False, False)
    assert (await owner(pipeline, told))["status"] == "implement"
    await tells(pipeline, body | {"outcome": "succeeded"})
    assert (await owner(pipeline, told))["status"] == "implement"
    second = await tells(pipeline, word("mail/2", change=made["id"]))
    assert second["change_id"] == made["id"]


async def test_a_named_change_that_nobody_scheduled_does_not_approve(
    change: Running, pipeline: Caller
) -> None:
    made = await change.caller("agent").creates("/v1/changes", **NEW)
    told = await tells(pipeline, word(change=made["number"]))
    assert told["obstacles"][0]["code"] == "change_not_scheduled"
    filed = await owner(pipeline, told)
    assert (filed["id"] != made["id"], filed["related"]) == (True, [made["number"]])
    assert (await pipeline.get(f"/v1/changes/{made['id']}"))["status"] == "new"


async def test_an_approved_change_speaks_for_its_own_service_and_time_alone(
    change: Running, pipeline: Caller
) -> None:
    await board(change)
    soon = await advanced(change, "normal", "scheduled", planned_start=ago(-600), planned_end=ago(-660))
    now = {"planned_start": ago(30), "planned_end": ago(-30), "service": "core-banking"}
    other = await advanced(change, "emergency", "scheduled", **now)
    over = await advanced(change, "normal", "closed", planned_start=ago(90), planned_end=ago(60))
    for number, (made, code) in enumerate(
        ((soon, "outside_planned_time"), (other, "change_of_another_service"), (over, None))
    ):
        told = await tells(pipeline, word(f"x/{number}", change=made["number"]))
        assert [each["code"] for each in told["obstacles"]] == ([code] if code else [])
        assert told["unauthorized"] == (code is not None)
        assert (await pipeline.get(f"/v1/changes/{made['id']}"))["status"] == made["status"]
        if code is not None:
            assert (await owner(pipeline, told))["related"] == [made["number"]]
    await change.db.execute("UPDATE change SET card = replace(card, $1, $2)", over["implemented_at"], ago(40))
    late = await tells(pipeline, word("x/9", change=over["number"]))
    assert [each["code"] for each in late["obstacles"]] == ["change_implemented"]


async def test_what_is_not_production_is_recorded_without_a_change(change: Running, pipeline: Caller) -> None:
    told = await tells(pipeline, word(environment="staging", outcome="failed"))
    assert (told["change_id"], told["unauthorized"]) == (None, False)
    assert (await pipeline.get("/v1/changes"))["items"] == []


async def test_releases_and_what_is_reverted_are_kept(change: Running, pipeline: Caller) -> None:
    release = await change.caller("agent").creates("/v1/releases", name="Spring")
    first = await tells(pipeline, word(release=release["number"].lower(), outcome="succeeded"))
    assert (first["release_id"], first["release_number"]) == (release["id"], release["number"])
    back = await tells(pipeline, word("mail/2", reverts="mail/1", release="REL-999999"))
    assert (back["release_id"], back["release"]) == (None, "REL-999999")
    assert (await owner(pipeline, back))["reverts"] == first["change_number"]
    assert await pipeline.get("/v1/deployments/mail%2F2") == back
    found = await pipeline.get(f"/v1/deployments?release_id={release['id']}")
    assert [each["id"] for each in found["items"]] == [first["id"]]


async def test_lists_filter_and_begin_with_the_latest(change: Running, pipeline: Caller) -> None:
    for number, fields in enumerate(
        ({"outcome": "succeeded"}, {"environment": "test"}, {"outcome": "failed"}, {"service": "web"})
    ):
        await tells(pipeline, word(f"d{number}", started_at=ago(10 - number)) | fields)
    agent = change.caller("agent")
    for asked, wanted in (
        ("", ["d3", "d2", "d1", "d0"]),
        ("?service=mail&environment=production", ["d2", "d0"]),
        ("?outcome=running", ["d3", "d1"]),
        (f"?started_at__gte={ago(8.5)}&sort=started_at", ["d2", "d3"]),
        ("?external_id=d1", ["d1"]),
    ):
        found = (await agent.get(f"/v1/deployments{asked}"))["items"]
        assert [each["external_id"] for each in found] == wanted, asked
    assert (await agent.get("/v1/deployments/d1"))["environment"] == "test"
    assert (await agent.call("GET", "/v1/deployments?outcome=fine")).status_code == 422


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"outcome": "fine"}, "/outcome"),
        ({"environment": "prod"}, "/environment"),
        ({"commit": ""}, "/commit"),
        ({"started_at": "2099-01-01T00:00:00Z"}, "/started_at"),
        ({"started_at": 5}, "/started_at"),
        ({"outcome": "succeeded", "finished_at": "2020-01-01T00:00:00Z"}, "/finished_at"),
        ({"outcome": "rolled_back", "rolled_back_at": "2020-01-01T00:00:00Z"}, "/finished_at"),
        ({"finished_at": "2020-01-01T00:00:00Z"}, ""),
        ({"outcome": "failed", "rolled_back_at": "2020-01-01T00:00:00Z"}, ""),
        ({"commit_times": ["2020-01-01T00:00:00Z"], "first_commit_at": "2020-01-01T00:00:00Z"}, ""),
        ({"commit_times": []}, "/commit_times"),
        ({"change": "CHG-000001", "template": "x"}, ""),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"change_id": "01a20641-0000-7388-9733-f7a01763f8b5"}, "/change_id"),
    ],
)
async def test_bad_input_is_refused_with_its_place_and_nothing_is_stored(
    change: Running, fields: dict[str, Any], pointer: str
) -> None:
    pipeline = change.caller("service", "ci")
    answer = await pipeline.call("POST", "/v1/deployments", word(**fields))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert (await pipeline.get("/v1/deployments"))["items"] == []
    assert (await pipeline.get("/v1/changes"))["items"] == []


async def test_roles_and_tenants(change: Running, pipeline: Caller) -> None:
    told = await tells(pipeline, word())
    for role in ("requester", "agent", "change_manager", "manager"):
        caller = change.caller(role, "x")
        assert (await caller.call("POST", "/v1/deployments", word("x"))).status_code == 403
        seen = 403 if role == "requester" else 200
        assert (await caller.call("GET", f"/v1/deployments/{told['id']}")).status_code == seen
    other = change.caller("service", "ci", tenant="other")
    assert (await other.call("GET", "/v1/deployments/mail%2F1")).status_code == 404
    assert (await other.call("GET", f"/v1/deployments/{told['id']}")).status_code == 404
    theirs = await tells(other, word(outcome="failed", change=told["change_number"]))
    assert (theirs["id"] != told["id"], theirs["obstacles"][0]["code"]) == (True, "change_unknown")
    assert (await owner(pipeline, told))["status"] == "implement"

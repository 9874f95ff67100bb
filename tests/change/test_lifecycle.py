"""The three lifecycles, move by move: what is legal happens, all else answers 409 and changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from itsm_change.rules.lifecycle import STATES, TRANSITIONS
from itsm_chassis import clock
from support.changes import NEW, WINDOW, advanced, board, group, hear, moved
from support.services import Running

LEGAL: dict[str, dict[str, set[str]]] = {
    "normal": {
        "new": {"assess", "cancelled"},
        "assess": {"authorize", "cancelled"},
        "authorize": {"scheduled", "new", "cancelled"},
        "scheduled": {"implement", "cancelled"},
        "implement": {"review", "cancelled"},
        "review": {"closed"},
        "closed": set(),
        "cancelled": set(),
    },
    "standard": {
        "new": {"scheduled", "cancelled"},
        "scheduled": {"implement", "cancelled"},
        "implement": {"review", "cancelled"},
        "review": {"closed"},
        "closed": set(),
        "cancelled": set(),
    },
    "emergency": {
        "new": {"authorize", "cancelled"},
        "authorize": {"scheduled", "new", "cancelled"},
        "scheduled": {"implement", "cancelled"},
        "implement": {"review", "cancelled"},
        "review": {"closed"},
        "closed": set(),
        "cancelled": set(),
    },
}
FIELDS: dict[str, dict[str, Any]] = {
    "closed": {"close_code": "successful", "review_note": "Fine."},
    "new": {"reason": "Not now."},
}


def test_the_tables_say_what_the_domain_says() -> None:
    assert {kind: {k: set(v) for k, v in table.items()} for kind, table in TRANSITIONS.items()} == LEGAL


@pytest.mark.parametrize("kind", LEGAL)
async def test_every_illegal_transition_answers_409_and_changes_nothing(change: Running, kind: str) -> None:
    await board(change)
    for status in LEGAL[kind]:
        await refuses(change, await advanced(change, kind, status), kind, status)


async def refuses(change: Running, made: Any, kind: str, status: str) -> None:
    assert (made["status"], made["change_type"]) == (status, kind)
    admin = change.caller("admin")
    path = f"/v1/changes/{made['id']}/transitions"
    shown = await admin.get(path)
    legal = LEGAL[kind][status]
    assert {item["to"] for item in shown["items"]} == set(STATES) - {status}
    for item in shown["items"]:
        assert item["allowed"] == (item["to"] in legal and not item["obstacles"])
        assert item["why"] or item["allowed"]
    for to in set(STATES) - legal:
        answer = await admin.call("POST", path, {"to": to} | FIELDS.get(to, {}), If_Match="*")
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition"), (to, answer.text)
    assert await admin.get(f"/v1/changes/{made['id']}") == made


@pytest.mark.parametrize("kind", LEGAL)
async def test_a_change_goes_its_whole_way_and_every_step_is_said(change: Running, kind: str) -> None:
    await board(change)
    made = await advanced(change, kind, "closed")
    assert (made["status"], made["close_code"], made["approval"]) == (
        "closed",
        "successful",
        "not_required" if kind == "standard" else "approved",
    )
    assert made["actual_start"] <= made["implemented_at"] == made["actual_end"] <= made["closed_at"]
    items = (await change.caller("agent").get(f"/v1/changes/{made['id']}/timeline"))["items"]
    said = [item["type"].split(".")[2] for item in items if item["type"].startswith("itsm.change.")]
    middle = {
        "standard": [],
        "normal": ["assessment_started", "authorization_asked", "authorized"],
        "emergency": ["authorization_asked", "authorized"],
    }[kind]
    end = ["scheduled", "implementation_started", "implemented", "closed"]
    assert said == ["requested", *middle, *end]
    own = [item for item in items if item["subject"] == made["id"]]
    assert [item["sequence"] for item in own] == list(range(1, made["version"] + 1))


async def test_entering_authorize_needs_the_window_that_is_to_be_approved(change: Running) -> None:
    await board(change)
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW | {"change_type": "emergency"})
    path = f"/v1/changes/{made['id']}/transitions"
    answer = await agent.call("POST", path, {"to": "authorize"}, If_Match="*")
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/planned_start", "/planned_end"]
    shown = (await agent.get(path))["items"]
    assert next(i for i in shown if i["to"] == "authorize")["requires"] == ["planned_start", "planned_end"]
    asked = await moved(agent, made, "authorize", **WINDOW)
    assert (asked["status"], asked["planned_end"]) == ("authorize", WINDOW["planned_end"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": "closed"}, "/close_code"),
        ({"to": "closed", "close_code": "fine"}, "/close_code"),
        ({"to": "closed", "close_code": "unsuccessful"}, "/review_note"),
        ({"to": "closed", "close_code": "successful", "reason": "x"}, ""),
        (
            {"to": "closed", "close_code": "successful", "backed_out_at": "2026-01-01T00:00:00Z"},
            "/backed_out_at",
        ),
        ({"to": "review", "close_code": "successful"}, ""),
        ({"to": "thinking"}, "/to"),
        ({}, "/to"),
    ],
)
async def test_a_transition_that_lacks_or_brings_a_wrong_field_answers_422(
    change: Running, body: dict[str, Any], pointer: str
) -> None:
    await board(change)
    made = await advanced(change, "standard", "review")
    agent = change.caller("agent")
    answer = await agent.call("POST", f"/v1/changes/{made['id']}/transitions", body, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await agent.get(f"/v1/changes/{made['id']}"))["version"] == made["version"]


async def test_an_emergency_change_is_not_closed_without_a_review(change: Running) -> None:
    await board(change)
    made = await advanced(change, "emergency", "review")
    agent = change.caller("agent")
    path = f"/v1/changes/{made['id']}"
    body = {"to": "closed", "close_code": "successful"}
    answer = await agent.call("POST", f"{path}/transitions", body, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/review_note")
    findings = [{"summary": "No spare disk was in stock", "improvement": True}]
    reviewed = await agent.call("PATCH", path, {"review_note": "Late.", "findings": findings}, If_Match="*")
    assert reviewed.json()["findings"] == findings
    closed = await moved(agent, made, "closed", close_code="successful")
    last = (await agent.get(f"{path}/timeline"))["items"][-2:]
    assert [item["type"] for item in last] == ["itsm.change.reviewed.v1", "itsm.change.closed.v1"]
    assert last[1]["data"]["findings"] == findings
    assert closed["review_note"] == "Late."


async def test_what_was_backed_out_is_closed_as_unsuccessful_and_reviewed(change: Running) -> None:
    await board(change)
    made = await advanced(change, "normal", "review")
    agent = change.caller("agent")
    path = f"/v1/changes/{made['id']}/transitions"
    await agent.call("PATCH", f"/v1/changes/{made['id']}", {"backed_out": True}, If_Match="*")
    for body, pointer in (
        ({"close_code": "unsuccessful"}, "/review_note"),
        ({"close_code": "successful", "review_note": "Fine."}, "/close_code"),
        ({"close_code": "successful_with_issues", "review_note": "Fine."}, "/close_code"),
    ):
        answer = await agent.call("POST", path, {"to": "closed"} | body, If_Match="*")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    [closing] = [each for each in (await agent.get(path))["items"] if each["to"] == "closed"]
    assert "review_note" in closing["requires"]
    ended = await moved(agent, made, "closed", close_code="unsuccessful", review_note="No spare disk.")
    assert ended["backed_out"] is True


async def test_what_has_happened_does_not_lie_in_the_future(change: Running) -> None:
    await board(change)
    agent = change.caller("agent")
    made = await advanced(change, "normal", "scheduled")
    path = f"/v1/changes/{made['id']}"
    far = "2190-01-01T00:00:00Z"
    body = {"to": "implement", "actual_start": far}
    answer = await agent.call("POST", f"{path}/transitions", body, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/actual_start")
    past = {"actual_start": "2026-01-01T00:00:00Z"}
    early = await agent.call("PATCH", path, past, If_Match="*")
    assert (early.status_code, early.json()["code"]) == (409, "not_implemented")
    soon = (clock.now() + timedelta(minutes=2)).isoformat()
    await moved(agent, made, "implement", actual_start=soon)
    for wrong in ({"actual_end": far}, {"backed_out": True, "backed_out_at": far}):
        answer = await agent.call("PATCH", path, wrong, If_Match="*")
        assert answer.status_code == 422, wrong
    watch = change.caller("service", "tripwire")
    body = {"dedup_key": "d", "title": "T", "actual_start": far}
    assert (await watch.call("POST", "/v1/changes:detected", body)).status_code == 422


async def test_what_would_refuse_authorize_is_told_before(change: Running) -> None:
    agent = change.caller("agent")
    made = await moved(agent, await agent.creates("/v1/changes", **NEW | WINDOW), "assess")
    path = f"/v1/changes/{made['id']}/transitions"

    async def shown() -> Any:
        return next(each for each in (await agent.get(path))["items"] if each["to"] == "authorize")

    async def code() -> str:
        answer = await agent.call("POST", path, {"to": "authorize"}, If_Match="*")
        assert answer.status_code == 409
        return str(answer.json()["code"])

    told = await shown()
    assert (told["allowed"], told["obstacles"][0]["code"], await code()) == (False, "no_policy", "no_policy")
    steps = [{"group": "nobody", "rule": "any"}]
    await change.caller("change_manager").creates("/v1/approval-policies", key="p", name="P", steps=steps)
    told = await shown()
    assert (told["allowed"], told["obstacles"][0]["code"], await code()) == (False, "no_voters", "no_voters")
    await hear(change, group("nobody", "cora"))
    assert (await shown())["allowed"] is True


async def test_a_change_is_not_closed_while_a_task_is_open(change: Running) -> None:
    await board(change)
    agent = change.caller("agent")
    made = await advanced(change, "normal", "review")
    task = await agent.creates(f"/v1/changes/{made['id']}/tasks", title="Tell the users")
    path = f"/v1/changes/{made['id']}/transitions"
    answer = await agent.call("POST", path, {"to": "closed", "close_code": "successful"}, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "open_tasks")
    [closing] = [each for each in (await agent.get(path))["items"] if each["to"] == "closed"]
    assert (closing["allowed"], closing["obstacles"][0]["code"]) == (False, "open_tasks")
    done = f"/v1/changes/{made['id']}/tasks/{task['id']}"
    assert (await agent.call("PATCH", done, {"status": "done"}, If_Match="*")).is_success
    await moved(agent, made, "closed", close_code="successful")


async def test_a_stale_or_missing_version_is_refused(change: Running) -> None:
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW)
    path = f"/v1/changes/{made['id']}"
    for method, at, body in (
        ("POST", f"{path}/transitions", {"to": "assess"}),
        ("PATCH", path, {"plan": "x"}),
    ):
        assert (await agent.call(method, at, body)).status_code == 428
        assert (await agent.call(method, at, body, If_Match='"7"')).status_code == 412
        assert (await agent.call(method, at, body, If_Match="*")).status_code == 200

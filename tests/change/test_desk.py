"""Templates, detection, meetings, tasks and comments: the smaller records around a change."""

import asyncio
from typing import Any

import pytest
from support.changes import NEW, WINDOW, advanced, board, moved, step_of, who
from support.services import Caller, Running

TEMPLATE: dict[str, Any] = {
    "key": "disk",
    "name": "Add a disk",
    "title": "Add a disk to the mail store",
    "service": "mail",
    "configuration_items": ["mx-1"],
    "plan": "Shut down, add, start.",
    "preapproved": True,
    "history_size": 4,
    "max_failure_rate": 0.25,
}
DETECTED = {"dedup_key": "mx-1:/etc/main.cf", "title": "main.cf differs", "configuration_items": ["mx-1"]}


async def used(agent: Caller, **end: Any) -> Any:
    """A standard change from the template, brought to its end."""
    fields = {"title": "Disk", "change_type": "standard", "template": "disk"} | WINDOW
    made = await agent.creates("/v1/changes", **fields)
    for to in ("scheduled", "implement", "review"):
        made = await moved(agent, made, to)
    return await moved(agent, made, "closed", **{"close_code": "successful"} | end)


async def test_a_standard_change_takes_what_it_leaves_out_from_its_template(change: Running) -> None:
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    made = await manager.creates("/v1/change-templates", **TEMPLATE)
    assert (made["preapproved"], made["history"]["n"], made["active"]) == (True, 0, True)
    assert await agent.get("/v1/change-templates/disk") == made
    asked = await agent.creates("/v1/changes", title="Disk 7", change_type="standard", template="disk")
    assert (asked["title"], asked["service"], asked["plan"]) == ("Disk 7", "mail", TEMPLATE["plan"])
    unknown = await agent.call("POST", "/v1/changes", NEW | {"template": "nothing"})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/template")


async def test_without_a_preapproved_template_a_standard_change_is_not_scheduled(change: Running) -> None:
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    await manager.creates("/v1/change-templates", **TEMPLATE | {"preapproved": False})
    standard = NEW | WINDOW | {"change_type": "standard"}
    bare = await agent.creates("/v1/changes", **standard)
    from_it = await agent.creates("/v1/changes", **standard | {"template": "disk"})
    await manager.creates("/v1/change-templates", **TEMPLATE | {"key": "other"})
    edited = await agent.creates("/v1/changes", **standard | {"template": "other", "plan": "Otherwise."})
    for made, code in (
        (bare, "template_missing"),
        (from_it, "template_not_preapproved"),
        (edited, "differs_from_template"),
    ):
        path = f"/v1/changes/{made['id']}/transitions"
        answer = await agent.call("POST", path, {"to": "scheduled"}, If_Match="*")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, code)


@pytest.mark.parametrize(
    "beyond",
    [
        {"service": "core-banking"},
        {"affected_services": ["core-banking"]},
        {"configuration_items": ["mx-1", "vault"]},
    ],
)
async def test_a_standard_change_stays_inside_what_its_template_names(
    change: Running, beyond: dict[str, Any]
) -> None:
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    await manager.creates("/v1/change-templates", **TEMPLATE)
    await manager.creates("/v1/change-templates", key="open", name="Open", title="T", preapproved=True)
    fields = NEW | WINDOW | {"change_type": "standard"}
    made = await agent.creates("/v1/changes", **fields | beyond, template="disk")
    path = f"/v1/changes/{made['id']}/transitions"
    answer = await agent.call("POST", path, {"to": "scheduled"}, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "differs_from_template")
    assert next(iter(beyond)) in answer.json()["detail"]
    anything = await agent.creates("/v1/changes", **fields | beyond, template="open")
    assert (await moved(agent, anything, "scheduled"))["approval"] == "not_required"


async def test_a_template_loses_its_preapproval_with_its_failures_and_that_is_said(change: Running) -> None:
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    await manager.creates("/v1/change-templates", **TEMPLATE)
    waiting = await agent.creates(
        "/v1/changes", title="Waits", change_type="standard", template="disk", **WINDOW
    )
    bad = {"close_code": "unsuccessful", "review_note": "Did not start.", "backed_out": True}
    for end in ({}, bad, {}):
        await used(agent, **end)
    template = await agent.get("/v1/change-templates/disk")
    assert (template["preapproved"], template["history"]["n"], template["history"]["failed"]) == (True, 3, 1)
    late = await used(agent)
    backed_out = await agent.call("PATCH", f"/v1/changes/{late['id']}", {"backed_out": True}, If_Match="*")
    assert backed_out.json()["backed_out_at"]
    template = await agent.get("/v1/change-templates/disk")
    assert (template["preapproved"], template["version"]) == (False, 2)
    assert template["history"]["recent_failed"] == 2
    assert template["history"]["last_failures"][0]["id"] == late["id"]
    said = "SELECT count(*) FROM event WHERE type = 'itsm.change_template.preapproval_lost.v1'"
    assert await change.db.fetchval(said) == 1
    path = f"/v1/changes/{waiting['id']}/transitions"
    refused = await agent.call("POST", path, {"to": "scheduled"}, If_Match="*")
    assert refused.json()["errors"][0]["code"] == "template_not_preapproved"
    again = await manager.call("PATCH", "/v1/change-templates/disk", {"preapproved": True}, If_Match='"2"')
    assert again.json()["history"] | {"n": 4, "recent_n": 0, "recent_failed": 0} == again.json()["history"]
    assert (await moved(agent, waiting, "scheduled"))["approval"] == "not_required"


async def test_a_detected_change_is_filed_once_and_goes_to_review(change: Running) -> None:
    watch = change.caller("service", "tripwire")
    first = await watch.call("POST", "/v1/changes:detected", DETECTED)
    made = first.json()["change"]
    assert (first.status_code, first.json()["is_new"], first.json()["count"]) == (201, True, 1)
    assert first.headers["location"] == f"/v1/changes/{made['id']}"
    assert (made["change_type"], made["status"], made["unauthorized"]) == ("emergency", "authorize", True)
    assert await watch.get(f"/v1/changes/{made['id']}") == made
    again = await watch.call("POST", "/v1/changes:detected", DETECTED)
    assert (again.status_code, again.json()["is_new"], again.json()["count"]) == (200, False, 2)
    assert again.json()["change"] == made, "a repeat makes nobody's If-Match stale"
    states = (await watch.get(f"/v1/changes/{made['id']}/transitions"))["items"]
    assert {item["to"] for item in states if item["allowed"]} == {"review", "cancelled"}
    agent = change.caller("agent")
    await moved(agent, made, "review")
    closed = await moved(agent, made, "closed", close_code="successful", review_note="It was the vendor.")
    assert closed["status"] == "closed"
    anew = (await watch.call("POST", "/v1/changes:detected", DETECTED)).json()
    assert (anew["is_new"], anew["count"], anew["change"]["id"] != made["id"]) == (True, 1, True)


async def test_detections_at_once_file_one_change(change: Running) -> None:
    watch = change.caller("service", "tripwire")
    answers = await asyncio.gather(*(watch.call("POST", "/v1/changes:detected", DETECTED) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert {answer.json()["change"]["id"] for answer in answers} == {answers[0].json()["change"]["id"]}
    assert sorted(answer.json()["count"] for answer in answers) == list(range(1, 11))


async def test_votes_of_a_board_meeting_are_votes_of_the_approvals(change: Running) -> None:
    await board(change, steps=[{"group": "cab", "rule": "all"}])
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    made, other = await advanced(change, "normal", "assess"), await agent.creates("/v1/changes", **NEW)
    made = await moved(agent, made, "authorize")
    fields = {"group": "cab", "starts_at": "2025-01-02T09:00:00Z", "ends_at": "2030-01-02T10:00:00Z"}
    early = await manager.call("POST", "/v1/cab-meetings", fields | {"agenda": [other["id"]]})
    assert (early.status_code, early.json()["errors"][0]["pointer"]) == (422, "/agenda/0")
    wrong = await manager.call("POST", "/v1/cab-meetings", fields | {"ends_at": fields["starts_at"]})
    assert wrong.json()["errors"][0]["pointer"] == "/ends_at"
    meeting = await manager.creates("/v1/cab-meetings", **fields, agenda=[made["number"]])
    assert meeting["agenda"] == [made["id"]]
    step = await step_of(agent, made)
    path = f"/v1/approvals/{step['id']}/votes"
    body = {"decision": "accept", "meeting_id": meeting["id"]}
    kept = (await change.caller("requester", "cora").call("POST", path, body)).json()
    assert (kept["votes"][0]["meeting_id"], kept["votes"][0]["voter"]) == (meeting["id"], who("cora"))
    absent = await change.caller("requester", "carl").call("POST", path, body | {"meeting_id": made["id"]})
    assert (absent.status_code, absent.json()["code"]) == (422, "unknown_meeting")
    later = {"starts_at": "2030-01-02T09:00:00Z", "ends_at": "2030-01-02T10:00:00Z"}
    for other_one in ({"group": "owners"}, later):
        another = await manager.creates("/v1/cab-meetings", **fields | other_one, agenda=[made["number"]])
        away = await change.caller("requester", "carl").call(
            "POST", path, body | {"meeting_id": another["id"]}
        )
        assert (away.status_code, away.json()["errors"][0]["pointer"]) == (422, "/meeting_id")
    at = f"/v1/cab-meetings/{meeting['id']}"
    held = (await manager.call("PATCH", at, {"status": "held", "minutes": "Agreed."}, If_Match='"1"')).json()
    assert (held["status"], held["minutes"], held["version"]) == ("held", "Agreed.", 2)
    late = await manager.call("PATCH", at, {"agenda": []}, If_Match="*")
    assert (late.status_code, late.json()["code"]) == (409, "record_ended")
    assert (await agent.call("POST", "/v1/cab-meetings", fields)).status_code == 403


async def test_tasks_and_comments_stand_in_the_timeline_and_leave_the_version_alone(change: Running) -> None:
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW, requester="carl")
    path = f"/v1/changes/{made['number']}"
    task = await agent.creates(f"{path}/tasks", title="Order it", assignee="bo")
    at = f"{path}/tasks/{task['id']}"
    assert (await agent.call("PATCH", at, {"status": "done"})).status_code == 428
    done = (await agent.call("PATCH", at, {"status": "done"}, If_Match='"1"')).json()
    assert (done["status"], done["version"], bool(done["ended_at"])) == ("done", 2, True)
    assert (await agent.get(f"{path}/tasks"))["items"] == [done]
    await agent.creates(f"{path}/comments", body="Not for Carl.", visibility="internal")
    said = await agent.creates(f"{path}/comments", body="On its way.")
    carl = change.caller("requester", "carl")
    assert (await carl.get(f"{path}/comments"))["items"] == [said]
    assert (
        await carl.call("POST", f"{path}/comments", {"body": "x", "visibility": "internal"})
    ).status_code == 403
    types = [item["type"] for item in (await carl.get(f"{path}/timeline"))["items"]]
    assert types == [
        "itsm.change.requested.v1",
        "itsm.change_task.opened.v1",
        "itsm.change_task.completed.v1",
        "itsm.comment.added.v1",
    ]
    assert (await agent.get(path))["version"] == 1
    elsewhere = await agent.creates("/v1/changes", **NEW)
    stray = await agent.call(
        "PATCH", f"/v1/changes/{elsewhere['id']}/tasks/{task['id']}", {"title": "x"}, If_Match="*"
    )
    assert stray.status_code == 404


@pytest.mark.parametrize("role", ["requester", "agent", "change_manager", "manager", "service"])
async def test_each_role_may_do_what_the_table_says(change: Running, role: str) -> None:
    caller, boss = change.caller(role, "x"), change.caller("admin", "boss")
    made = await boss.creates("/v1/changes", **NEW)
    policy = {"key": "p", "name": "P", "steps": []}
    work = role in ("agent", "change_manager", "service")
    design = role in ("change_manager", "manager")
    at = f"/v1/changes/{made['id']}"
    meeting = {"group": "c", "starts_at": "2030-01-02T09:00:00Z", "ends_at": "2030-01-02T10:00:00Z"}
    for method, path, body, may in (
        ("POST", "/v1/changes", NEW, True),
        ("PATCH", at, {"plan": "x"}, work),
        ("POST", f"{at}/transitions", {"to": "assess"}, work),
        ("POST", f"{at}/tasks", {"title": "x"}, work),
        ("POST", "/v1/changes:detected", DETECTED, role == "service"),
        ("POST", "/v1/approval-policies", policy, design),
        ("POST", "/v1/approval-policies:dry-run", {"policies": [policy]}, design or role == "service"),
        ("POST", "/v1/change-templates", TEMPLATE, design),
        ("POST", "/v1/cab-meetings", meeting, design),
        ("GET", "/v1/approval-policies", None, role != "requester"),
        ("GET", "/v1/change-templates", None, True),
        ("GET", at, None, role != "requester"),
    ):
        headers = {"If_Match": "*"} if method == "PATCH" or path.endswith("transitions") else {}
        answer = await caller.call(method, path, body, **headers)
        hidden = (
            404
            if role == "requester" and path.startswith(at) and (method == "GET" or "transitions" in path)
            else 403
        )
        assert answer.is_success if may else answer.status_code == hidden, (method, path, answer.text)


async def test_a_requester_may_withdraw_their_own_change_and_move_it_nowhere_else(change: Running) -> None:
    await board(change)
    carl, agent = change.caller("requester", "carl"), change.caller("agent")
    made = await carl.creates("/v1/changes", **NEW | WINDOW)
    path = f"/v1/changes/{made['id']}/transitions"
    assert (await carl.call("POST", path, {"to": "assess"}, If_Match="*")).status_code == 403
    shown = (await carl.get(path))["items"]
    assert [item["to"] for item in shown if item["allowed"]] == ["cancelled"]
    for to in ("assess", "authorize"):
        made = await moved(agent, made, to)
    assert (await moved(carl, made, "cancelled", reason="No need."))["status"] == "cancelled"
    [step] = (await agent.get(f"/v1/approvals?change_id={made['id']}"))["items"]
    assert step["status"] == "voided"


async def test_nothing_of_one_tenant_is_found_by_another(change: Running) -> None:
    await board(change)
    made = await advanced(change, "normal", "authorize")
    manager = change.caller("change_manager", "mona")
    await manager.creates("/v1/change-templates", **TEMPLATE)
    task = await manager.creates(f"/v1/changes/{made['id']}/tasks", title="x")
    step = await step_of(manager, made)
    other = change.caller("admin", "cora", tenant="other")
    for method, path, body in (
        ("GET", f"/v1/changes/{made['id']}", None),
        ("GET", f"/v1/changes/{made['id']}/timeline", None),
        ("GET", f"/v1/changes/{made['id']}/tasks", None),
        ("PATCH", f"/v1/changes/{made['id']}", {"plan": "x"}),
        ("PATCH", f"/v1/changes/{made['id']}/tasks/{task['id']}", {"title": "y"}),
        ("POST", f"/v1/changes/{made['id']}/transitions", {"to": "cancelled"}),
        ("GET", f"/v1/approvals/{step['id']}", None),
        ("POST", f"/v1/approvals/{step['id']}/votes", {"decision": "accept"}),
        ("GET", "/v1/approval-policies/all", None),
        ("POST", "/v1/approval-policies/all/retire", {}),
        ("GET", "/v1/change-templates/disk", None),
        ("PATCH", "/v1/change-templates/disk", {"name": "y"}),
    ):
        answer = await other.call(method, path, body, If_Match="*")
        assert answer.status_code == 404, (method, path, answer.text)
    for path in ("/v1/changes", "/v1/approvals", "/v1/approval-policies", "/v1/change-templates"):
        assert (await other.get(path))["items"] == []

"""Releases: their states, the changes that they group, and what stands in the way of deploying them."""

import asyncio
import json
from typing import Any

import pytest
from itsm_change.rules.release import TRANSITIONS
from support.changes import NEW, advanced, board, moved
from support.services import Caller, Running

LEGAL: dict[str, set[str]] = {
    "planning": {"build", "cancelled"},
    "build": {"test", "cancelled"},
    "test": {"ready", "build", "cancelled"},
    "ready": {"deploying", "cancelled"},
    "deploying": {"deployed", "rolled_back"},
    "deployed": {"closed"},
    "rolled_back": {"closed"},
    "closed": set(),
    "cancelled": set(),
}
ROUTE = ("build", "test", "ready", "deploying", "deployed", "closed")


async def move(who: Caller, release: Any, to: str, **fields: Any) -> Any:
    """The answer to a transition."""
    path = f"/v1/releases/{release['id']}/transitions"
    return await who.call("POST", path, {"to": to} | fields, If_Match="*")


async def grown(change: Running, status: str) -> tuple[Any, Any]:
    """A release of one change that has come to this state, and the change."""
    agent = change.caller("agent")
    inside = await advanced(change, "standard", "scheduled")
    made = await agent.creates("/v1/releases", name="Spring", changes=[inside["number"]])
    ends = {"cancelled": ("cancelled",), "rolled_back": (*ROUTE[:4], "rolled_back")}
    route = () if status == "planning" else ends.get(status, ROUTE)
    for to in route:
        if to == "deployed":
            for step in ("implement", "review"):
                inside = await moved(agent, inside, step)
        if to == "closed":
            inside = await moved(agent, inside, "closed", close_code="successful")
        answer = await move(agent, made, to, **({"reason": "It crashed."} if to == "rolled_back" else {}))
        assert answer.status_code == 200, answer.text
        made = answer.json()
        if to == status:
            break
    return made, inside


def test_the_table_says_what_the_domain_says() -> None:
    assert {status: set(ways) for status, ways in TRANSITIONS.items()} == LEGAL


async def test_every_illegal_transition_answers_409_and_changes_nothing(change: Running) -> None:
    agent = change.caller("agent")
    for status, legal in LEGAL.items():
        made, _ = await grown(change, status)
        assert made["status"] == status
        shown = (await agent.get(f"/v1/releases/{made['number']}/transitions"))["items"]
        assert {item["to"] for item in shown} == set(LEGAL) - {status}
        for item in shown:
            assert item["allowed"] == (item["to"] in legal and not item["obstacles"])
            assert item["allowed"] != bool(item["why"])
        for to in set(LEGAL) - legal:
            answer = await move(agent, made, to)
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition"), (status, to)
        assert await agent.get(f"/v1/releases/{made['id']}") == made


async def test_a_release_is_not_deployed_before_each_of_its_changes_is_scheduled(change: Running) -> None:
    agent = change.caller("agent")
    made, inside = await grown(change, "planning")
    waiting = [await agent.creates("/v1/changes", **NEW) for _ in range(2)]
    path = f"/v1/releases/{made['number']}"
    for each in waiting:
        grouped = await agent.call("POST", f"{path}/changes", {"change": each["number"].lower()})
        assert grouped.status_code == 200, grouped.text
    for to in ROUTE[:3]:
        assert (await move(agent, made, to)).status_code == 200
    refused = await move(agent, made, "deploying")
    assert (refused.status_code, refused.json()["code"]) == (409, "obstacles")
    found = refused.json()["errors"]
    assert [each["pointer"] for each in found] == ["/changes/1", "/changes/2"]
    assert all(each["number"] in error["message"] for each, error in zip(waiting, found, strict=True))
    assert inside["number"] not in refused.json()["detail"]
    shown = (await agent.get(f"{path}/transitions"))["items"]
    [deploying] = [item for item in shown if item["to"] == "deploying"]
    assert (deploying["allowed"], len(deploying["obstacles"])) == (False, 2)
    for each in waiting:
        answer = await agent.call("DELETE", f"{path}/changes/{each['id']}", If_Match="*")
        assert answer.status_code == 200
    assert (await move(agent, made, "deploying")).status_code == 200
    late = await agent.call("POST", f"{path}/changes", {"change": waiting[0]["id"]})
    assert (late.status_code, late.json()["code"]) == (409, "changes_fixed")
    out = await agent.call("DELETE", f"{path}/changes/{inside['id']}", If_Match="*")
    assert out.status_code == 409
    early = await move(agent, made, "deployed")
    assert (early.status_code, early.json()["errors"][0]["code"]) == (409, "change_not_there")
    bare = await move(agent, made, "rolled_back")
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (422, "/reason")


async def test_an_empty_release_is_not_deployed(change: Running) -> None:
    agent = change.caller("agent")
    made = await agent.creates("/v1/releases", name="Nothing")
    for to in ROUTE[:3]:
        await move(agent, made, to)
    answer = await move(agent, made, "deploying")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "no_changes")


async def test_each_step_is_said_with_the_changes_and_the_reason_stays_here(change: Running) -> None:
    made, inside = await grown(change, "rolled_back")
    agent = change.caller("agent")
    timeline = (await agent.get(f"/v1/releases/{made['id']}/timeline"))["items"]
    assert [item["type"].split(".")[2] for item in timeline] == [
        "planned",
        "build_started",
        "test_started",
        "readied",
        "deployment_started",
        "rolled_back",
    ]
    assert timeline[-1]["data"]["reason"] == "It crashed."
    said = await change.db.fetchval("SELECT envelope FROM event WHERE type = 'itsm.release.rolled_back.v1'")
    data = json.loads(said)["data"]
    assert data["changes"] == [{"id": inside["id"], "number": inside["number"]}]
    assert "It crashed." not in said
    assert made["rolled_back_at"]


async def test_a_change_is_in_one_open_release_alone_however_close_the_race(change: Running) -> None:
    agent = change.caller("agent")
    inside = await agent.creates("/v1/changes", **NEW)
    releases = [await agent.creates("/v1/releases", name=f"R{n}") for n in range(4)]
    answers = await asyncio.gather(
        *(agent.call("POST", f"/v1/releases/{r['id']}/changes", {"change": inside["id"]}) for r in releases)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    taken = await agent.call("POST", "/v1/releases", {"name": "R5", "changes": [inside["number"]]})
    assert (taken.status_code, taken.json()["code"]) == (409, "in_another_release")
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    again = await agent.call("POST", f"/v1/releases/{winner['id']}/changes", {"change": inside["id"]})
    assert (again.status_code, again.json()["version"]) == (200, winner["version"])
    assert (await move(agent, winner, "cancelled")).status_code == 200
    await agent.creates("/v1/releases", name="R6", changes=[inside["id"]])


async def test_edits_and_lists(change: Running) -> None:
    agent = change.caller("agent", "anna")
    made = await agent.creates("/v1/releases", name="Spring", service="mail")
    assert (made["manager"], made["number"][:4], made["status"]) == ("anna", "REL-", "planning")
    path = f"/v1/releases/{made['number']}"
    assert (await agent.call("PATCH", path, {"name": "Summer"})).status_code == 428
    edited = await agent.call("PATCH", path, {"name": "Summer", "service": None}, If_Match='"1"')
    assert (edited.json()["name"], edited.json()["service"], edited.json()["version"]) == ("Summer", None, 2)
    assert (await agent.call("PATCH", path, {"name": "Autumn"}, If_Match='"1"')).status_code == 412
    found = (await agent.get("/v1/releases?status=planning&q=summ"))["items"]
    assert [each["id"] for each in found] == [made["id"]]
    assert (await agent.call("GET", "/v1/releases?status=sleeping")).status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "R", "status": "deployed"}, "/status"),
        ({"name": "R", "changes": ["CHG-999999"]}, "/changes/0"),
        ({"name": "R", "changes": "CHG-000001"}, "/changes"),
        (
            {"name": "R", "planned_start": "2030-01-01T00:00:00Z", "planned_end": "2030-01-01T00:00:00Z"},
            "/planned_end",
        ),
        ({"name": "R", "planned_start": "2030-01-01T00:00:00"}, "/planned_start"),
    ],
)
async def test_bad_input_is_refused_with_its_place(change: Running, body: Any, pointer: str) -> None:
    answer = await change.caller("agent").call("POST", "/v1/releases", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_roles_and_tenants(change: Running) -> None:
    await board(change)
    made, inside = await grown(change, "ready")
    path = f"/v1/releases/{made['id']}"
    asked: tuple[tuple[str, str, Any], ...] = (
        ("GET", path, None),
        ("GET", f"{path}/timeline", None),
        ("GET", f"{path}/transitions", None),
        ("PATCH", path, {"name": "x"}),
        ("POST", f"{path}/changes", {"change": inside["id"]}),
        ("DELETE", f"{path}/changes/{inside['id']}", None),
        ("POST", f"{path}/transitions", {"to": "cancelled"}),
    )
    other = change.caller("admin", tenant="other")
    for method, at, body in asked:
        assert (await other.call(method, at, body, If_Match="*")).status_code == 404, at
    stray = await other.call("POST", "/v1/releases", {"name": "x", "changes": [inside["id"]]})
    assert stray.status_code == 422
    assert (await other.get("/v1/releases"))["items"] == []
    for role, reads in (("requester", 403), ("manager", 200)):
        caller = change.caller(role, "x")
        for method, at, body in asked:
            answer = await caller.call(method, at, body, If_Match="*")
            assert answer.status_code == (reads if method == "GET" else 403), (role, method, at)
    assert await change.caller("agent").get(path) == made

"""Approvals over HTTP: who is asked, who may vote, what a vote decides, and what takes an approval back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from itsm_change.commands.expiry import expire_due
from itsm_chassis import clock
from support.changes import (
    NEW,
    WINDOW,
    advanced,
    board,
    group,
    hear,
    known_service,
    moved,
    person,
    step_of,
    voted,
    who,
)
from support.services import Caller, Running

STEPS: list[dict[str, Any]] = [{"group": "owners", "rule": "any"}, {"group": "cab", "rule": "all"}]


async def vote(by: Caller, step: Any, decision: str = "accept", **fields: Any) -> tuple[int, Any]:
    answer = await by.call("POST", f"/v1/approvals/{step['id']}/votes", {"decision": decision} | fields)
    return answer.status_code, answer.json()


async def test_the_steps_of_the_policy_are_asked_one_after_the_other(change: Running) -> None:
    await hear(change, group("owners", "olga"))
    await board(change, "cora", "carl", steps=STEPS)
    agent = change.caller("agent")
    made = await advanced(change, "normal", "authorize")
    assert (made["approval"], made["approval_policy"], made["approval_policy_version"]) == (
        "pending",
        "all",
        1,
    )
    first = await step_of(agent, made)
    assert (first["step"], first["group"], first["voters"]) == (1, "owners", [who("olga")])
    assert [each["group"] for each in first["following"]] == ["cab"]
    done = await voted(change, "olga", made, comment="Go on.")
    assert (done["status"], done["votes"][0]["comment"]) == ("accepted", "Go on.")
    await voted(change, "cora", made)
    waiting = (await agent.get(f"/v1/changes/{made['id']}/transitions"))["items"]
    [to] = [item for item in waiting if item["to"] == "scheduled"]
    assert (to["allowed"], to["obstacles"][0]["code"]) == (False, "approval_missing")
    path = f"/v1/changes/{made['id']}/transitions"
    early = await agent.call("POST", path, {"to": "scheduled"}, If_Match="*")
    assert (early.status_code, early.json()["code"]) == (409, "obstacles")
    await voted(change, "carl", made)
    approved = await agent.get(f"/v1/changes/{made['id']}")
    assert (approved["status"], approved["approval"]) == ("authorize", "approved")
    assert (await moved(agent, made, "scheduled"))["status"] == "scheduled"


async def test_one_refused_step_returns_the_change_to_new_and_voids_what_was_given(change: Running) -> None:
    await hear(change, group("owners", "olga"))
    await board(change, "cora", "carl", steps=STEPS)
    agent = change.caller("agent")
    made = await advanced(change, "normal", "assess")
    made = await moved(agent, made, "authorize")
    await voted(change, "olga", made)
    await voted(change, "carl", made, "refuse", comment="Too early.")
    rejected = await agent.get(f"/v1/changes/{made['id']}")
    assert (rejected["status"], rejected["approval"]) == ("new", "rejected")
    steps = (await agent.get(f"/v1/approvals?change_id={made['id']}"))["items"]
    assert [step["status"] for step in steps] == ["voided", "refused"]
    last = (await agent.get(f"/v1/changes/{made['id']}/timeline?limit=200"))["items"]
    [why] = [item["data"]["reason"] for item in last if item["type"] == "itsm.change.rejected.v1"]
    assert why == "Too early."
    locked = await agent.call(
        "PATCH", f"/v1/changes/{made['id']}", {"change_type": "emergency"}, If_Match="*"
    )
    assert (locked.status_code, locked.json()["code"]) == (409, "type_fixed")


async def test_nobody_approves_their_own_change_or_votes_for_another(change: Running) -> None:
    await hear(change, person("cora", delegate="dan"), person("cleo", delegate="anna"))
    await board(change, "anna", "cora", "cleo", steps=[{"group": "cab", "rule": "all"}])
    made = await advanced(change, "normal", "assess")
    made = await moved(change.caller("agent"), made, "authorize")
    step = await step_of(change.caller("agent"), made)
    assert step["voters"] == sorted([who("cora"), who("cleo")]), "the requester is no voter"
    assert (await vote(change.caller("admin", "anna"), step))[1]["code"] == "own_change"
    assert (await vote(change.caller("admin", "anna"), step, voter="cleo"))[1]["code"] == "own_change"
    for stranger in (change.caller("admin", "eve"), change.caller("change_manager", "mona")):
        status, problem = await vote(stranger, step)
        assert (status, problem["code"]) == (403, "not_a_voter")
    assert (await vote(change.caller("agent", "cora"), step, voter="cleo"))[0] == 403
    status, kept = await vote(change.caller("requester", "dan"), step)
    assert (status, kept["votes"][0]["voter"], kept["votes"][0]["cast_by"]) == (200, who("cora"), who("dan"))
    status, problem = await vote(change.caller("agent", "cora"), step)
    assert (status, problem["code"]) == (409, "already_voted")


async def test_who_files_a_change_for_somebody_else_does_not_approve_it_either(change: Running) -> None:
    await board(change, "anna", "cora")
    anna = change.caller("agent", "anna")
    alone = NEW | WINDOW | {"change_type": "emergency", "requester": "ghost"}
    made = await moved(anna, await anna.creates("/v1/changes", **alone), "authorize")
    step = await step_of(anna, made)
    assert step["voters"] == [who("cora")]
    status, problem = await vote(anna, step)
    assert (status, problem["code"]) == (403, "own_change")


async def test_a_repeated_vote_is_nobody_elses(change: Running) -> None:
    await hear(change, person("ben", delegate="cora"))
    await board(change, "cora", "ben", "cleo", steps=[{"group": "cab", "rule": "all"}])
    made = await moved(change.caller("agent"), await advanced(change, "normal", "assess"), "authorize")
    step = await step_of(change.caller("agent"), made)
    cora = change.caller("agent", "cora")
    assert (await vote(cora, step))[0] == 200
    status, problem = await vote(cora, step)
    assert (status, problem["code"]) == (409, "already_voted")
    status, kept = await vote(cora, step, voter="ben")
    assert (status, kept["votes"][1]["voter"]) == (200, who("ben"))


async def test_who_was_deactivated_since_votes_no_more(change: Running) -> None:
    await hear(change, person("cleo", delegate="dan"))
    await board(change, "cora", "carl", "cleo", steps=[{"group": "cab", "rule": "all"}])
    made = await moved(change.caller("agent"), await advanced(change, "normal", "assess"), "authorize")
    step = await step_of(change.caller("agent"), made)
    await hear(change, person("cora", sequence=2, active=False), group("cab", "carl", "cleo", sequence=2))
    status, problem = await vote(change.caller("agent", "cora"), step)
    assert (status, problem["code"]) == (403, "deactivated")
    await hear(change, person("dan", active=False))
    assert (await vote(change.caller("agent", "dan"), step))[1]["code"] == "deactivated"
    for name in ("carl", "cleo"):
        assert (await vote(change.caller("agent", name), step))[0] == 200
    still = await step_of(change.caller("agent"), made)
    assert (still["status"], len(still["voters"])) == ("pending", 3), "who has left has not accepted"


async def test_a_risk_that_rises_after_the_approval_asks_whoever_decides_for_it(change: Running) -> None:
    await board(change)
    low = {"key": "light", "name": "Light", "rank": 1, "risk_bands": ["low", "moderate"]}
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    await manager.creates("/v1/approval-policies", **low, steps=[])
    plans = {"backout_plan": "Back.", "backout_tested": True}
    made = await agent.creates("/v1/changes", **NEW | WINDOW | plans | {"service": "mail"})
    for to in ("assess", "authorize"):
        made = await moved(agent, made, to)
    assert (made["approval"], made["approval_policy"]) == ("approved", "light")
    await hear(change, known_service("mail", criticality="critical"))
    weights = {"criticality": 1} | dict.fromkeys(("dependents", "timing", "backout", "conflicts"), 0)
    issued = await manager.call("POST", "/v1/risk-models", {"weights": weights})
    assert issued.status_code == 201, issued.text
    path = f"/v1/changes/{made['id']}/transitions"
    answer = await agent.call("POST", path, {"to": "scheduled"}, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "risk_risen")
    patch = {"plan": "With two people."}
    anew = (await agent.call("PATCH", f"/v1/changes/{made['id']}", patch, If_Match="*")).json()
    assert (anew["approval"], anew["approval_policy"]) == ("pending", "all")


@pytest.mark.parametrize(("days", "may"), [((-2, 2), True), ((-3, -1), False), ((1, 3), False)])
async def test_a_delegate_votes_only_while_the_delegation_holds(
    change: Running, days: tuple[int, int], may: bool
) -> None:
    now = clock.now()
    since, until = (now + timedelta(days=day) for day in days)
    await hear(change, person("cora", delegate="dan", delegate_from=since, delegate_until=until))
    await board(change, "cora")
    made = await advanced(change, "normal", "assess")
    made = await moved(change.caller("agent"), made, "authorize")
    dan = change.caller("requester", "dan")
    mine = (await dan.get("/v1/approvals?mine=true&status=pending"))["items"]
    assert [step["change_id"] for step in mine] == ([made["id"]] if may else [])
    status, _ = await vote(dan, await step_of(change.caller("agent"), made))
    assert status == (200 if may else 403)


async def test_approving_after_a_material_edit_is_refused_and_the_board_is_asked_anew(
    change: Running,
) -> None:
    await board(change, steps=[{"group": "cab", "rule": "all"}])
    agent = change.caller("agent")
    made = await advanced(change, "normal", "assess")
    made = await moved(agent, made, "authorize")
    old = await step_of(agent, made)
    await voted(change, "cora", made)
    path = f"/v1/changes/{made['id']}"
    edited = await agent.call("PATCH", path, {"plan": "Another one."}, If_Match="*")
    assert (edited.json()["status"], edited.json()["approval"]) == ("authorize", "pending")
    status, problem = await vote(change.caller("agent", "carl"), old)
    assert (status, problem["code"]) == (409, "not_pending")
    fresh = await step_of(agent, made)
    assert (fresh["votes"], (await agent.get(f"/v1/approvals/{old['id']}"))["status"]) == ([], "voided")
    for name in ("cora", "carl", "cleo"):
        await voted(change, name, made)
    assert (await agent.get(path))["approval"] == "approved"


EDITS: list[dict[str, Any]] = [
    {"service": "web"},
    {"affected_services": ["web"]},
    {"configuration_items": ["mx-1"]},
    {"planned_end": "2030-01-05T23:00:00Z"},
    {"planned_start": "2030-01-05T19:00:00Z"},
    {"plan": "Otherwise."},
    {"test_plan": "Otherwise."},
    {"backout_plan": "Otherwise."},
    {"backout_tested": True},
    {"risk_inputs": {"criticality": "critical"}},
]


@pytest.mark.parametrize("kind", ["normal", "emergency", "standard"])
async def test_a_material_edit_of_a_scheduled_change_takes_its_approval(change: Running, kind: str) -> None:
    await board(change)
    agent = change.caller("agent")
    for edit in EDITS:
        made = await advanced(change, kind, "scheduled")
        path = f"/v1/changes/{made['id']}"
        harmless = await agent.call("PATCH", path, {"title": "Disk 2", "assignee": "bo"}, If_Match="*")
        assert harmless.json()["status"] == "scheduled"
        edited = (await agent.call("PATCH", path, edit, If_Match="*")).json()
        expected = ("new", "normal", "not_asked") if kind == "standard" else ("authorize", kind, "pending")
        assert (edited["status"], edited["change_type"], edited["approval"]) == expected, edit
        steps = (await agent.get(f"/v1/approvals?change_id={made['id']}"))["items"]
        assert [step["status"] for step in steps] == ([] if kind == "standard" else ["voided", "pending"])
        last = (await agent.get(f"{path}/timeline?limit=200"))["items"]
        assert "itsm.change.authorization_voided.v1" in [item["type"] for item in last]
        blocked = await agent.call("POST", f"{path}/transitions", {"to": "implement"}, If_Match="*")
        assert blocked.status_code == 409


async def test_scheduling_does_not_slip_in_another_window_than_was_approved(change: Running) -> None:
    await board(change)
    agent = change.caller("agent")
    made = await advanced(change, "normal", "assess")
    made = await moved(agent, made, "authorize")
    await voted(change, "cora", made)
    body = {"to": "scheduled", "planned_end": "2030-01-06T22:00:00Z"}
    answer = await agent.call("POST", f"/v1/changes/{made['id']}/transitions", body, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/planned_start")
    assert (await agent.get(f"/v1/changes/{made['id']}"))["planned_end"] == WINDOW["planned_end"]


async def test_from_implement_on_what_was_approved_is_locked(change: Running) -> None:
    await board(change)
    agent = change.caller("agent")
    for status in ("implement", "review", "closed", "cancelled"):
        made = await advanced(change, "normal", status)
        for edit in EDITS:
            answer = await agent.call("PATCH", f"/v1/changes/{made['id']}", edit, If_Match="*")
            assert answer.status_code == 409, (status, edit)
        assert (await agent.get(f"/v1/changes/{made['id']}"))["version"] == made["version"]


async def test_an_expired_step_is_refused_by_the_timer_once_whatever_replicas_do(change: Running) -> None:
    await board(change, steps=[{"group": "cab", "rule": "all", "expires_after_s": 3600}])
    agent = change.caller("agent")
    made = await advanced(change, "normal", "assess")
    made = await moved(agent, made, "authorize")
    await voted(change, "cora", made)
    assert await expire_due(change.db, clock.now()) == 0
    later = clock.now() + timedelta(hours=2)
    counts = await asyncio.gather(*(expire_due(change.db, later) for _ in range(4)))
    assert sorted(counts) == [0, 0, 0, 1]
    rejected = await agent.get(f"/v1/changes/{made['id']}")
    assert (rejected["status"], rejected["approval"], rejected["version"]) == ("new", "rejected", 4)
    [step] = (await agent.get(f"/v1/approvals?change_id={made['id']}"))["items"]
    assert step["status"] == "expired"
    said = "SELECT count(*) FROM event WHERE type = 'itsm.approval.expired.v1'"
    assert await change.db.fetchval(said) == 1


async def test_a_vote_after_the_time_is_over_is_refused_before_the_timer_has_come_by(change: Running) -> None:
    await board(change, steps=[{"group": "cab", "rule": "any", "expires_after_s": 3600}])
    made = await advanced(change, "normal", "assess")
    made = await moved(change.caller("agent"), made, "authorize")
    step = await step_of(change.caller("agent"), made)
    past = (clock.now() - timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    set_back = "UPDATE approval SET card = replace(card, $1, $2)"
    await change.db.execute(set_back, step["expires_at"], past)
    status, problem = await vote(change.caller("agent", "cora"), step)
    assert (status, problem["code"]) == (409, "expired")


async def test_votes_at_once_all_count_and_decide_once(change: Running) -> None:
    names = [f"voter-{number}" for number in range(12)]
    await board(change, *names, steps=[{"group": "cab", "rule": "percentage", "percentage": 75}])
    made = await advanced(change, "normal", "assess")
    agent = change.caller("agent")
    made = await moved(agent, made, "authorize")
    step = await step_of(agent, made)
    answers = await asyncio.gather(*(vote(change.caller("agent", name), step) for name in names))
    counted = [status for status, _ in answers]
    assert counted.count(200) == 9, "the ninth of twelve decides; the rest come too late"
    assert {body["code"] for status, body in answers if status != 200} == {"not_pending"}
    decided = await agent.get(f"/v1/approvals/{step['id']}")
    assert (decided["status"], len(decided["votes"]), decided["version"]) == ("accepted", 9, 10)
    said = "SELECT count(*) FROM event WHERE type = 'itsm.change.authorized.v1'"
    assert await change.db.fetchval(said) == 1


@pytest.mark.parametrize(
    ("members", "word"),
    [((), "no member"), (("anna",), "cannot approve the own change"), (None, "not known")],
)
async def test_without_a_voter_the_change_is_not_asked_for(
    change: Running, members: tuple[str, ...] | None, word: str
) -> None:
    await board(change)
    await hear(change, group("cab", *(members or ()), sequence=2, active=members is not None))
    made = await advanced(change, "normal", "assess")
    agent = change.caller("agent")
    path = f"/v1/changes/{made['id']}/transitions"
    answer = await agent.call("POST", path, {"to": "authorize"}, If_Match="*")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_voters")
    assert word in answer.json()["detail"]


async def test_somebody_who_has_left_votes_no_more(change: Running) -> None:
    await hear(change, person("cora", active=False))
    await board(change, "cora", "carl")
    made = await advanced(change, "normal", "assess")
    made = await moved(change.caller("agent"), made, "authorize")
    assert (await step_of(change.caller("agent"), made))["voters"] == [who("carl")]


async def test_mine_are_the_steps_that_wait_for_my_vote(change: Running) -> None:
    await board(change, "cora", "carl", steps=[{"group": "cab", "rule": "all"}])
    agent, cora = change.caller("agent"), change.caller("requester", "cora")
    made = [
        await agent.creates("/v1/changes", **NEW | WINDOW | {"change_type": "emergency"}) for _ in range(3)
    ]
    for each in made:
        await moved(agent, each, "authorize")
    await voted(change, "cora", made[0])
    mine = (await cora.get("/v1/approvals?mine=true&status=pending&limit=1"))["items"]
    assert [step["change_id"] for step in mine] == [made[1]["id"]]
    rest = (await cora.get("/v1/approvals?mine=true&status=pending"))["items"]
    assert [step["change_id"] for step in rest] == [made[1]["id"], made[2]["id"]]
    seen = (await cora.get("/v1/approvals"))["items"]
    assert len(seen) == 3
    stranger = change.caller("requester", "eve")
    assert (await stranger.get("/v1/approvals"))["items"] == []
    assert (await stranger.call("GET", f"/v1/approvals/{seen[0]['id']}")).status_code == 404
    assert (await cora.call("GET", "/v1/approvals?mine=false")).status_code == 422
    other = change.caller("admin", "cora", tenant="other")
    assert (await other.get("/v1/approvals"))["items"] == []
    assert (await vote(other, seen[1]))[0] == 404


async def test_a_change_manager_may_reject_past_the_approvers_and_an_agent_may_not(change: Running) -> None:
    await board(change)
    made = await advanced(change, "normal", "authorize")
    path = f"/v1/changes/{made['id']}/transitions"
    body = {"to": "new", "reason": "A freeze is coming."}
    assert (await change.caller("agent").call("POST", path, body, If_Match="*")).status_code == 403
    manager = change.caller("change_manager", "mona")
    assert (await manager.call("POST", path, {"to": "new"}, If_Match="*")).status_code == 422
    rejected = await manager.call("POST", path, body, If_Match="*")
    assert (rejected.json()["status"], rejected.json()["approval"]) == ("new", "rejected")
    [step] = (await manager.get(f"/v1/approvals?change_id={made['id']}"))["items"]
    assert step["status"] == "voided"


async def test_a_repeated_vote_under_one_key_is_cast_once(change: Running) -> None:
    await board(change, "cora", "carl", steps=[{"group": "cab", "rule": "all"}])
    made = await advanced(change, "normal", "assess")
    made = await moved(change.caller("agent"), made, "authorize")
    step = await step_of(change.caller("agent"), made)
    cora = change.caller("agent", "cora")
    path = f"/v1/approvals/{step['id']}/votes"
    tries = [await cora.call("POST", path, {"decision": "accept"}, Idempotency_Key="v") for _ in range(2)]
    assert [answer.status_code for answer in tries] == [200, 200]
    assert tries[0].text == tries[1].text

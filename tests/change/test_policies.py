"""Approval policies: versions, which one decides, and a dry run of others over past changes."""

import json
from typing import Any

import pytest
from itsm_change.rules.policies import Policy, deciding
from support.changes import NEW, WINDOW, advanced, board, group, hear, known_service, moved, state, voted
from support.services import Caller, Running

STEP = {"group": "cab", "rule": "any"}


async def test_versions_follow_each_other_by_the_etag_and_what_was_asked_stays_asked(change: Running) -> None:
    await board(change)
    manager = change.caller("change_manager", "mona")
    made = await advanced(change, "normal", "authorize")
    form = {"key": "all", "name": "All", "steps": [STEP, STEP]}
    assert (await manager.call("POST", "/v1/approval-policies", form)).status_code == 409
    assert (await manager.call("POST", "/v1/approval-policies", form, If_Match='"2"')).status_code == 412
    second = await manager.call("POST", "/v1/approval-policies", form, If_Match='"1"')
    assert (second.status_code, second.json()["version"], second.headers["etag"]) == (201, 2, '"2"')
    await voted(change, "cora", made)
    asked = await manager.get(f"/v1/changes/{made['id']}")
    assert (asked["approval"], asked["approval_policy_version"]) == ("approved", 1)
    retired = await manager.call("POST", "/v1/approval-policies/all/retire", {}, If_Match='"2"')
    assert (retired.json()["retired"], retired.json()["version"]) == (True, 3)
    twice = await manager.call("POST", "/v1/approval-policies/all/retire", {}, If_Match='"3"')
    assert (twice.status_code, twice.json()["code"]) == (409, "already_retired")
    agent = change.caller("agent")
    bare = await agent.creates("/v1/changes", **NEW | WINDOW | {"change_type": "emergency"})
    path = f"/v1/changes/{bare['id']}/transitions"
    none = await agent.call("POST", path, {"to": "authorize"}, If_Match="*")
    assert (none.status_code, none.json()["code"]) == (409, "no_policy")


async def test_the_criticality_of_the_service_chooses_the_policy(change: Running) -> None:
    await board(change)
    await hear(change, group("owners", "olga"), known_service("mail", criticality="critical"))
    manager, agent = change.caller("change_manager", "mona"), change.caller("agent")
    form = {"key": "high", "name": "H", "rank": 1, "criticalities": ["high", "critical"]}
    await manager.creates("/v1/approval-policies", **form, steps=[{"group": "owners", "rule": "all"}])
    emergency = NEW | WINDOW | {"change_type": "emergency"}
    for fields, key in (
        ({"service": "mail"}, "high"),
        ({"affected_services": ["web", "mail"]}, "high"),
        ({"service": "web"}, "all"),
        ({"service": "web", "risk_inputs": {"criticality": "high"}}, "high"),
    ):
        made = await agent.creates("/v1/changes", **emergency | fields)
        assert (await moved(agent, made, "authorize"))["approval_policy"] == key, fields


async def test_a_policy_without_steps_asks_nobody(change: Running) -> None:
    await board(change, steps=[], change_types=["emergency"])
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW | WINDOW | {"change_type": "emergency"})
    asked = await moved(agent, made, "authorize")
    assert (asked["status"], asked["approval"], asked["version"]) == ("authorize", "approved", 3)
    assert (await moved(agent, made, "scheduled"))["status"] == "scheduled"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"key": "a b"}, "/key"),
        ({"steps": None}, "/steps"),
        ({"steps": [{"group": "cab", "rule": "most"}]}, "/steps/0/rule"),
        ({"steps": [{"group": "cab", "rule": "percentage"}]}, "/steps/0/percentage"),
        ({"steps": [{"group": "cab", "rule": "all", "percentage": 50}]}, "/steps/0/percentage"),
        ({"steps": [{"group": "cab", "rule": "percentage", "percentage": 101}]}, "/steps/0/percentage"),
        ({"steps": [{"group": "cab", "expires_after_s": 0}]}, "/steps/0/expires_after_s"),
        ({"change_types": ["big"]}, "/change_types/0"),
        ({"retired": True}, "/retired"),
        ({"version": 4}, "/version"),
    ],
)
async def test_a_wrong_policy_is_refused_where_it_is_wrong(
    change: Running, wrong: dict[str, Any], pointer: str
) -> None:
    manager = change.caller("change_manager", "mona")
    form = {"key": "all", "name": "All", "steps": [STEP]} | wrong
    answer = await manager.call("POST", "/v1/approval-policies", form)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await manager.get("/v1/approval-policies"))["items"] == []


def test_the_lowest_rank_decides_and_what_is_unknown_matches_no_list() -> None:
    low = Policy(key="b", version=1, rank=1, risk_bands=("low",))
    rest, tie = Policy(key="c", version=1, rank=9), Policy(key="a", version=1, rank=9)
    assert deciding([rest, low, tie], state(risk_band="low"), None) is low
    assert deciding([rest, low, tie], state(), None) is tie
    assert deciding([low], state(), None) is None
    assert deciding([Policy(key="a", version=1, rank=1, retired=True)], state(), None) is None


async def dry_run(who: Caller, *policies: Any, **scope: Any) -> list[Any]:
    answer = await who.call("POST", "/v1/approval-policies:dry-run", {"policies": list(policies)} | scope)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_a_dry_run_tells_which_past_changes_would_have_gone_otherwise(change: Running) -> None:
    await board(change, "cora", "carl", "cleo")
    manager = change.caller("change_manager", "mona")
    approved = await advanced(change, "normal", "scheduled")
    rejected = await advanced(change, "normal", "authorize")
    for name in ("cora", "carl", "cleo"):
        await voted(change, name, rejected, "refuse")
    await advanced(change, "standard", "new")
    before = await change.db.fetchval("SELECT count(*) FROM event")
    draft = {"key": "all", "name": "All", "steps": [{"group": "cab", "rule": "percentage", "percentage": 66}]}
    first, second, last = await dry_run(manager, draft)
    assert (first["id"], first["outcome"], first["would_be"]) == (approved["id"], "approved", "undecided")
    assert (first["steps_differ"], first["outcome_differs"]) == (True, True)
    assert (second["id"], second["outcome"], second["would_be"]) == (rejected["id"], "rejected", "rejected")
    assert second["steps"][0]["result"] == "refused"
    assert last["totals"] == {
        "n": 2,
        "steps_differ": 2,
        "outcome_differs": 1,
        "policies": {"all": 2},
        "outcomes": {"approved": 1, "rejected": 1},
        "would_be": {"undecided": 1, "rejected": 1},
    }
    same, _, totals = await dry_run(manager, draft | {"steps": [STEP]})
    assert (same["would_be"], totals["totals"]["outcome_differs"]) == ("approved", 0)
    [none] = await dry_run(manager, draft, requested_until=approved["requested_at"])
    assert none["totals"]["n"] == 0
    assert await change.db.fetchval("SELECT count(*) FROM event") == before
    backwards = {"requested_from": "2026-02-01T00:00:00Z", "requested_until": "2026-01-01T00:00:00Z"}
    for body in ({"policies": [draft], **backwards}, {"policies": [draft, draft | {"rank": 1}]}):
        answer = await manager.call("POST", "/v1/approval-policies:dry-run", body)
        assert answer.status_code == 422

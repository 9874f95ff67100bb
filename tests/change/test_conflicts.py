"""Conflicts: every kind, kept up to date, and accepted with a reason."""

import asyncio
from typing import Any

import pytest
from support.changes import NEW, WINDOW, accepted, hear, moved
from support.schedule import catch_up, conflicts, edge, nobody_asked
from support.services import Running


async def held(change: Running, **fields: Any) -> Any:
    """An emergency change that holds its time: approved by a policy that asks nobody, and scheduled."""
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW | WINDOW | {"change_type": "emergency"} | fields)
    await moved(agent, made, "authorize")
    await accepted(change.caller("change_manager", "mona"), made)
    return await moved(agent, made, "scheduled")


@pytest.mark.parametrize(
    ("first", "second", "edges", "kinds"),
    [
        ({"configuration_items": ["db"]}, {"configuration_items": ["db"]}, [], ["same_item"]),
        (
            {"configuration_items": ["db"]},
            {"configuration_items": ["disk"]},
            [("db", "disk")],
            ["related_item"],
        ),
        (
            {"configuration_items": ["disk"]},
            {"configuration_items": ["db"]},
            [("db", "disk")],
            ["related_item"],
        ),
        ({"configuration_items": ["db"]}, {"configuration_items": ["disk"]}, [], []),
        ({"service": "s-mail"}, {"affected_services": ["s-mail"]}, [], ["related_service"]),
        (
            {"service": "s-mail"},
            {"configuration_items": ["disk"]},
            [("s-mail", "db"), ("db", "disk")],
            ["related_service"],
        ),
        (
            {"service": "s-mail"},
            {"configuration_items": ["rack"]},
            [("s-mail", "db"), ("db", "disk"), ("disk", "rack")],
            [],
        ),
        ({"service": "s-mail"}, {"service": "s-web"}, [("s-mail", "db"), ("s-web", "db")], []),
        ({"assignee": "anna"}, {"assignee": "anna"}, [], ["assignee"]),
        ({"assignee": "anna"}, {"assignee": "carl"}, [], []),
        (
            {"configuration_items": ["db"]},
            {
                "configuration_items": ["db"],
                "planned_start": WINDOW["planned_end"],
                "planned_end": "2030-01-05T23:00:00Z",
            },
            [],
            [],
        ),
    ],
)
async def test_a_change_conflicts_with_one_that_holds_its_time(
    change: Running,
    first: dict[str, Any],
    second: dict[str, Any],
    edges: list[tuple[str, str]],
    kinds: list[str],
) -> None:
    await nobody_asked(change)
    await hear(change, *(edge(*each) for each in edges))
    booked = await held(change, **first)
    late = await change.caller("agent").creates("/v1/changes", **NEW | WINDOW | second)
    agent = change.caller("agent")
    assert await conflicts(agent, late) == [(kind, booked["number"]) for kind in kinds]
    assert await conflicts(agent, booked) == []
    await catch_up(change)
    flagged = (await agent.get("/v1/changes?has_conflicts=true"))["items"]
    assert [each["number"] for each in flagged] == ([late["number"]] if kinds else [])


async def test_an_accepted_conflict_counts_for_both_until_it_grows(change: Running) -> None:
    await nobody_asked(change)
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    booked = await held(change, service="s-mail")
    late = await agent.creates(
        "/v1/changes", **NEW | WINDOW | {"change_type": "emergency", "service": "s-mail"}
    )
    await moved(agent, late, "authorize")
    path = f"/v1/changes/{late['id']}"
    refused = await agent.call("POST", f"{path}/transitions", {"to": "scheduled"}, If_Match="*")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "conflict")
    assert booked["number"] in refused.json()["detail"]
    [one] = (await agent.get(f"{path}/conflicts"))["items"]
    assert (one["blocks"], one["accepted"], one["other"]["id"]) == (True, None, booked["id"])
    accept = f"{path}/conflicts/{one['id']}/accept"
    assert (await agent.call("POST", accept, {"reason": "Fine."})).status_code == 403
    assert (await manager.call("POST", accept, {})).status_code == 422
    answer = await manager.call("POST", accept, {"reason": "Mail is down anyway."})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["blocks"], answer.json()["accepted"]["by"]) == (False, "mona")
    assert (await manager.call("POST", accept, {"reason": "Again."})).status_code == 409
    late = await moved(agent, late, "scheduled")
    await catch_up(change)
    for each in (late, booked):
        [seen] = (await agent.get(f"/v1/changes/{each['id']}/conflicts"))["items"]
        assert (seen["blocks"], seen["accepted"]["reason"]) == (False, "Mail is down anyway.")
    story = (await agent.get(f"{path}/timeline"))["items"]
    told = [each for each in story if each["type"].startswith("itsm.change_conflict")]
    assert [each["type"].split(".")[2] for each in told] == ["found", "accepted"]
    assert told[1]["data"]["accepted_reason"] == "Mail is down anyway."
    shorter = {"planned_end": "2030-01-05T21:00:00Z"}
    assert (await agent.call("PATCH", path, shorter, If_Match="*")).status_code == 200
    await catch_up(change)
    [seen] = (await agent.get(f"{path}/conflicts"))["items"]
    assert seen["blocks"] is False
    assert (await agent.call("PATCH", path, {"planned_end": WINDOW["planned_end"]}, If_Match="*")).is_success
    await catch_up(change)
    [seen] = (await agent.get(f"{path}/conflicts"))["items"]
    assert (seen["blocks"], seen["accepted"]) == (True, None)


async def test_a_conflict_that_is_gone_is_cleared_and_cannot_be_accepted(change: Running) -> None:
    await nobody_asked(change)
    agent, manager = change.caller("agent"), change.caller("change_manager", "mona")
    booked = await held(change, service="s-mail")
    late = await agent.creates("/v1/changes", **NEW | WINDOW | {"service": "s-mail"})
    await catch_up(change)
    [one] = (await agent.get(f"/v1/changes/{late['id']}/conflicts"))["items"]
    await moved(agent, booked, "cancelled")
    path = f"/v1/changes/{late['id']}/conflicts/{one['id']}/accept"
    assert (await manager.call("POST", path, {"reason": "Fine."})).status_code == 404
    await catch_up(change)
    assert (await agent.get("/v1/changes?has_conflicts=true"))["items"] == []
    story = (await agent.get(f"/v1/changes/{late['id']}/timeline"))["items"]
    assert [e["type"].split(".")[2] for e in story if "conflict" in e["type"]] == ["found", "cleared"]


async def test_settling_again_says_nothing_new_and_leaves_the_version_alone(change: Running) -> None:
    await nobody_asked(change)
    agent = change.caller("agent")
    for _ in range(2):
        made = await held(change, service="s-mail", assignee="anna")
    await catch_up(change)
    before = await change.db.fetchval("SELECT count(*) FROM event")
    await change.db.execute("UPDATE assessment SET due_at = 'epoch'")
    await catch_up(change)
    assert await change.db.fetchval("SELECT count(*) FROM event") == before
    shown = await agent.call("GET", f"/v1/changes/{made['id']}")
    assert shown.headers["etag"] == f'"{made["version"]}"'
    assert shown.json()["risk_band"] is not None


async def test_another_tenants_changes_windows_and_map_are_never_in_the_way(change: Running) -> None:
    stranger = change.caller("admin", "zoe", tenant="other")
    await stranger.creates("/v1/approval-policies", key="none", name="None", steps=[])
    theirs = await stranger.creates(
        "/v1/changes", **NEW | WINDOW | {"change_type": "emergency", "service": "s-mail"}
    )
    await moved(stranger, theirs, "authorize")
    await moved(stranger, theirs, "scheduled")
    freeze = {
        "key": "all",
        "name": "All",
        "starts_at": "2030-01-01T00:00:00Z",
        "ends_at": "2030-02-01T00:00:00Z",
    }
    await stranger.creates("/v1/freezes", **freeze)
    ours = await change.caller("agent").creates("/v1/changes", **NEW | WINDOW | {"service": "s-mail"})
    assert await conflicts(change.caller("agent"), ours) == []


async def test_of_changes_that_are_scheduled_at_the_same_moment_one_has_no_conflict(change: Running) -> None:
    await nobody_asked(change)
    agent = change.caller("agent")
    fields = NEW | WINDOW | {"change_type": "emergency", "configuration_items": ["db"]}
    made = [await moved(agent, await agent.creates("/v1/changes", **fields), "authorize") for _ in range(6)]
    paths = [f"/v1/changes/{each['id']}/transitions" for each in made]
    answers = await asyncio.gather(
        *(agent.call("POST", path, {"to": "scheduled"}, If_Match="*") for path in paths)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5

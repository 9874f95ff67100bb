"""Maintenance windows and freezes: made, edited, cancelled; and what they forbid."""

from typing import Any

import pytest
from itsm_events import Envelope
from support.broker import channel, heard, listen
from support.changes import NEW, WINDOW, advanced, board, moved, voted
from support.schedule import catch_up, conflicts
from support.services import Running

NIGHT: dict[str, Any] = {
    "key": "saturday",
    "name": "Saturday night",
    "configuration_items": ["mail-db"],
    "starts_at": "2026-01-03T22:00:00+01:00",
    "ends_at": "2026-01-04T06:00:00+01:00",
    "recurrence": "FREQ=WEEKLY;BYDAY=SA",
    "zone": "Europe/Berlin",
}
YEAR_END: dict[str, Any] = {
    "key": "year-end",
    "name": "Year end",
    "services": ["mail"],
    "starts_at": "2030-01-01T00:00:00Z",
    "ends_at": "2030-01-10T00:00:00Z",
}


async def test_a_window_is_made_read_edited_and_cancelled_and_says_so(change: Running, amqp_url: str) -> None:
    manager = change.caller("change_manager")
    answer = await manager.call("POST", "/v1/maintenance-windows", NIGHT)
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert made["starts_at"] == "2026-01-03T21:00:00Z"
    assert (made["services"], made["status"], made["version"]) == ([], "active", 1)
    path = "/v1/maintenance-windows/saturday"
    assert (await manager.call("GET", answer.headers["location"])).text == answer.text
    assert (await manager.call("POST", "/v1/maintenance-windows", NIGHT)).status_code == 409
    assert (await manager.call("PATCH", path, {"name": "X"})).status_code == 428
    edited = await manager.call("PATCH", path, {"recurrence": None, "services": ["mail"]}, If_Match='"1"')
    assert (edited.json()["recurrence"], edited.json()["services"]) == (None, ["mail"])
    assert (await manager.call("PATCH", path, {"name": "X"}, If_Match='"1"')).status_code == 412
    cancelled = await manager.call("POST", f"{path}/cancel", None, If_Match='"2"')
    assert (cancelled.json()["status"], cancelled.headers["etag"]) == ("cancelled", '"3"')
    assert (await manager.call("POST", f"{path}/cancel", None, If_Match="*")).status_code == 409
    assert (await manager.call("PATCH", path, {"name": "X"}, If_Match="*")).status_code == 409
    assert [w["key"] for w in (await manager.get("/v1/maintenance-windows?status=cancelled"))["items"]] == [
        "saturday"
    ]
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.maintenance_window.*.v1")
        await change.say_all(amqp_url)
        said = [Envelope.model_validate_json(message.body) for message in await heard(queue, 3)]
    assert [each.type.split(".")[2] for each in said] == ["scheduled", "updated", "cancelled"]
    assert [each.sequence for each in said] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"recurrence": "FREQ=SECONDLY"}, "/recurrence"),
        ({"recurrence": "FREQ=WEEKLY;BYDAY=MO"}, "/recurrence"),
        ({"zone": "Mars"}, "/zone"),
        ({"ends_at": NIGHT["starts_at"]}, "/ends_at"),
        ({"starts_at": "2026-01-03T22:00:00"}, "/starts_at"),
        ({"starts_at": "0001-01-01T00:00:00Z"}, "/starts_at"),
        ({"status": "cancelled"}, "/status"),
        ({"key": "has space"}, "/key"),
        ({"services": [""]}, "/services/0"),
    ],
)
async def test_a_window_that_makes_no_sense_is_refused_with_the_field(
    change: Running, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await change.caller("change_manager").call("POST", "/v1/maintenance-windows", NIGHT | wrong)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_agents_read_windows_and_managers_make_them(change: Running) -> None:
    agent = change.caller("agent")
    for path, body in (("/v1/maintenance-windows", NIGHT), ("/v1/freezes", YEAR_END)):
        assert (await agent.call("POST", path, body)).status_code == 403
        await change.caller("change_manager").creates(path, **body)
        assert len((await agent.get(path))["items"]) == 1
        stranger = change.caller("admin", tenant="other")
        assert (await stranger.call("GET", f"{path}/{body['key']}")).status_code == 404
        assert (await stranger.get(path))["items"] == []


async def test_a_freeze_blocks_scheduling_until_it_exempts_the_change_by_number(change: Running) -> None:
    await board(change)
    manager = change.caller("change_manager", "mona")
    await manager.creates("/v1/freezes", **YEAR_END)
    made = await advanced(change, "normal", "authorize")
    await voted(change, "cora", made)
    agent = change.caller("agent")
    path = f"/v1/changes/{made['id']}/transitions"
    refused = await agent.call("POST", path, {"to": "scheduled"}, If_Match="*")
    assert refused.status_code == 409
    assert [error["code"] for error in refused.json()["errors"]] == ["freeze"]
    [scheduled] = [each for each in (await agent.get(path))["items"] if each["to"] == "scheduled"]
    assert (scheduled["allowed"], [each["code"] for each in scheduled["obstacles"]]) == (False, ["freeze"])
    [conflict] = (await agent.get(f"/v1/changes/{made['id']}/conflicts"))["items"]
    accepted = f"/v1/changes/{made['id']}/conflicts/{conflict['id']}/accept"
    answer = await manager.call("POST", accepted, {"reason": "Now."})
    assert (answer.status_code, answer.json()["code"]) == (409, "freeze_stands")
    exempt = {"exempt": [made["number"]]}
    assert (await manager.call("PATCH", "/v1/freezes/year-end", exempt, If_Match="*")).status_code == 200
    assert (await moved(agent, made, "scheduled"))["status"] == "scheduled"


async def test_an_emergency_and_an_exempt_type_pass_a_freeze(change: Running) -> None:
    manager = change.caller("change_manager")
    await manager.creates("/v1/freezes", **YEAR_END, exempt_types=["standard"])
    for kind, found in (("normal", [("freeze", "year-end")]), ("emergency", []), ("standard", [])):
        fields = NEW | WINDOW | {"change_type": kind, "service": "mail"}
        made = await change.caller("agent").creates("/v1/changes", **fields)
        assert await conflicts(manager, made) == found, kind


async def test_a_change_outside_the_windows_of_an_item_has_a_conflict_with_the_time_outside(
    change: Running,
) -> None:
    manager = change.caller("change_manager")
    await manager.creates("/v1/maintenance-windows", **NIGHT)
    fields = NEW | {"configuration_items": ["mail-db"]}
    inside = {"planned_start": "2030-01-05T22:00:00Z", "planned_end": "2030-01-06T04:00:00Z"}
    for body, found in (
        (inside, []),
        (inside | {"planned_end": "2030-01-06T05:30:00Z"}, [("outside_window", "saturday")]),
        (inside | {"planned_end": "2030-01-06T05:00:00Z"}, []),
    ):
        made = await manager.creates("/v1/changes", **fields, **body)
        assert await conflicts(manager, made) == found, body
        if found:
            [one] = (await manager.get(f"/v1/changes/{made['id']}/conflicts"))["items"]
            assert (one["starts_at"], one["ends_at"]) == ("2030-01-06T05:00:00Z", "2030-01-06T05:30:00Z")
            assert one["through"] == [{"kind": "configuration_item", "key": "mail-db"}]


async def test_moving_a_window_to_another_item_settles_the_changes_that_it_was_for(change: Running) -> None:
    manager = change.caller("change_manager")
    await manager.creates("/v1/maintenance-windows", **NIGHT)
    made = await manager.creates("/v1/changes", **NEW, **WINDOW, configuration_items=["mail-db"])
    await catch_up(change)
    assert [c["id"] for c in (await manager.get("/v1/changes?has_conflicts=true"))["items"]] == [made["id"]]
    patch = {"configuration_items": ["other"]}
    await manager.call("PATCH", "/v1/maintenance-windows/saturday", patch, If_Match="*")
    await catch_up(change)
    assert (await manager.get("/v1/changes?has_conflicts=true"))["items"] == []

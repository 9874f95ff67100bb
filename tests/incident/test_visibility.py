"""Who sees what: requesters their own, tenants themselves, on every path."""

from collections.abc import Callable
from typing import Any

import pytest
from itsm_chassis.store.database import Database
from itsm_incident.api.permissions import PERMISSIONS

from .conftest import Person

READS = ("", "/transitions", "/comments", "/timeline", "/watchers")


@pytest.fixture
async def hidden(agent: Person) -> Any:
    """An incident of somebody else's, with a public and an internal comment."""
    incident = await agent.opens(caller="dora")
    await agent.says(incident, "We are on it.")
    await agent.says(incident, "Probably user error.", "internal")
    return incident


async def test_a_requester_finds_nothing_of_other_people(carl: Person, hidden: Any) -> None:
    path = f"/v1/incidents/{hidden['id']}"
    for read in READS:
        assert (await carl.call("GET", path + read)).status_code == 404, read
    assert (await carl.call("GET", f"/v1/incidents/{hidden['number']}")).status_code == 404
    assert (await carl.call("POST", f"{path}/comments", {"body": "hi"})).status_code == 404
    assert (await carl.call("POST", f"{path}/watchers", {})).status_code == 404
    body = {"to": "cancelled"}
    assert (await carl.call("POST", f"{path}/transitions", body, If_Match="*")).status_code == 404
    assert (await carl.get("/v1/incidents"))["items"] == []
    assert (await carl.get("/v1/incidents?count=exact"))["count"] == 0


async def test_the_caller_sees_it_without_internal_comments(
    person: Callable[..., Person], hidden: Any
) -> None:
    dora, path = person("dora"), f"/v1/incidents/{hidden['id']}"
    assert (await dora.get(path))["id"] == hidden["id"]
    assert [item["id"] for item in (await dora.get("/v1/incidents"))["items"]] == [hidden["id"]]
    assert [c["body"] for c in (await dora.get(f"{path}/comments"))["items"]] == ["We are on it."]
    assert "user error" not in str(await dora.get(f"{path}/timeline"))


async def test_an_internal_comment_is_not_found_by_its_address(
    agent: Person, person: Callable[..., Person]
) -> None:
    incident = await agent.opens(caller="dora")
    said = await agent.says(incident, "psst", "internal")
    path = f"/v1/incidents/{incident['id']}/comments/{said['id']}"
    assert (await agent.call("GET", path)).status_code == 200
    assert (await person("dora").call("GET", path)).status_code == 404


async def test_a_watcher_sees_it_until_the_watch_ends(agent: Person, carl: Person, hidden: Any) -> None:
    path = f"/v1/incidents/{hidden['id']}"
    added = await agent.call("POST", f"{path}/watchers", {"watcher": "carl"})
    assert (await carl.call("GET", path)).status_code == 200
    assert len((await carl.get("/v1/incidents"))["items"]) == 1
    assert (await carl.call("POST", f"{path}/watchers", {"watcher": "eve"})).status_code == 403
    assert (await carl.call("DELETE", added.headers["location"], If_Match="*")).status_code == 204
    assert (await carl.call("GET", path)).status_code == 404


async def test_what_a_requester_may_do(carl: Person, agent: Person) -> None:
    body = {"title": "t", "impact": "low", "urgency": "low", "caller": "dora"}
    assert (await carl.call("POST", "/v1/incidents", body)).status_code == 403
    incident = await carl.opens()
    path = f"/v1/incidents/{incident['id']}"
    assert (await carl.call("PATCH", path, {"title": "x"}, If_Match="*")).status_code == 403
    assert (await carl.call("POST", f"{path}/assign", {"assignee": "x"})).status_code == 403
    internal = {"body": "x", "visibility": "internal"}
    assert (await carl.call("POST", f"{path}/comments", internal)).status_code == 403
    start = {"to": "in_progress"}
    assert (await carl.call("POST", f"{path}/transitions", start, If_Match="*")).status_code == 403
    await agent.resolves(incident)
    assert (await carl.moves(incident, "in_progress"))["reopen_count"] == 1
    assert (await carl.moves(incident, "cancelled"))["status"] == "cancelled"


async def test_another_tenant_finds_nothing_on_any_path(person: Callable[..., Person], hidden: Any) -> None:
    stranger = person("anna", "admin", "globex")
    path = f"/v1/incidents/{hidden['id']}"
    for read in READS:
        assert (await stranger.call("GET", path + read)).status_code == 404, read
    assert (await stranger.call("GET", f"/v1/incidents/{hidden['number']}")).status_code == 404
    assert (await stranger.call("PATCH", path, {"title": "x"}, If_Match="*")).status_code == 404
    assert (await stranger.call("POST", f"{path}/assign", {"assignee": "x"})).status_code == 404
    assert (await stranger.call("POST", f"{path}/comments", {"body": "x"})).status_code == 404
    body = {"title": "t", "impact": "low", "urgency": "low", "parent_id": hidden["id"]}
    assert (await stranger.call("POST", "/v1/incidents", body)).status_code == 422
    assert (await stranger.get("/v1/incidents"))["items"] == []


OPERATIONS = {
    "open_incident": ("POST", ""),
    "list_incidents": ("GET", ""),
    "read_incident": ("GET", "/{id}"),
    "edit_incident": ("PATCH", "/{id}"),
    "assign_incident": ("POST", "/{id}/assign"),
    "transition_incident": ("POST", "/{id}/transitions"),
    "list_transitions": ("GET", "/{id}/transitions"),
    "add_comment": ("POST", "/{id}/comments"),
    "list_comments": ("GET", "/{id}/comments"),
    "read_comment": ("GET", "/{id}/comments/{id}"),
    "read_timeline": ("GET", "/{id}/timeline"),
    "read_sla": ("GET", "/{id}/sla"),
    "explain_sla": ("GET", "/{id}/sla/explain"),
    "add_watcher": ("POST", "/{id}/watchers"),
    "list_watchers": ("GET", "/{id}/watchers"),
    "remove_watcher": ("DELETE", "/{id}/watchers/{id}"),
    "define_escalation_rule": ("POST", "/v1/escalation-rules"),
    "change_escalation_rule": ("PATCH", "/v1/escalation-rules/{id}"),
    "read_escalation_rule": ("GET", "/v1/escalation-rules/{id}"),
    "list_suspects": ("GET", "/{id}/suspects"),
    "list_escalation_rules": ("GET", "/v1/escalation-rules"),
}


async def test_each_role_against_each_operation(person: Callable[..., Person], hidden: Any) -> None:
    assert set(OPERATIONS) == set(PERMISSIONS) - {"import_history", "recompute_sla", "dry_run_sla"}
    for operation, (method, path) in OPERATIONS.items():
        for role in ("requester", "agent", "manager", "change_manager", "admin", "service"):
            place = ("" if path.startswith("/v1") else "/v1/incidents") + path.replace("{id}", hidden["id"])
            # An unknown body and no If-Match: whoever passes the door is refused behind it, nothing changes.
            answer = await person("dora", role).call(method, place, None if method == "GET" else {"?": 1})
            allowed = role == "admin" or role in PERMISSIONS[operation]
            assert (answer.status_code != 403) == allowed, (operation, role, answer.text)


async def test_the_feed_shows_a_requester_the_same_and_nothing_more(
    person: Callable[..., Person], agent: Person, carl: Person, hidden: Any, db: Database
) -> None:
    # What the relay does once the events are said.
    await db.execute(
        "INSERT INTO feed (tenant, event_id) SELECT tenant, event_id FROM outbox ORDER BY position"
    )

    async def types(who: Person) -> list[str]:
        return [item["type"] for item in (await who.get("/v1/events"))["items"]]

    assert hidden["id"]
    assert len(await types(agent)) == 3
    assert await types(carl) == []
    assert await types(person("dora")) == ["itsm.incident.opened.v1", "itsm.comment.added.v1"]
    assert await types(person("anna", "admin", "globex")) == []


async def test_a_parent_that_a_requester_may_not_see_cannot_be_named(carl: Person, hidden: Any) -> None:
    body = {"title": "Mine", "impact": "low", "urgency": "low", "parent_id": hidden["id"]}
    answer = await carl.call("POST", "/v1/incidents", body)
    unknown = await carl.call(
        "POST", "/v1/incidents", body | {"parent_id": "01a20640-0000-7000-8000-000000000000"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, unknown.json()["code"])

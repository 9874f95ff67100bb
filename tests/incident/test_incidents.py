"""Opening, reading, editing, assigning and moving, through the API."""

import asyncio
from typing import Any

import pytest
from itsm_chassis.http.paging import HappeningOut
from itsm_incident.api import outgoing

from .conftest import Person


async def test_an_incident_opens_with_priority_number_and_place(agent: Person) -> None:
    answer = await agent.call(
        "POST", "/v1/incidents", {"title": "No mail", "impact": "high", "urgency": "low", "service": "mail"}
    )
    incident = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/incidents/{incident['id']}"
    assert (incident["priority"], incident["priority_matrix"]) == ("P3", "default.1")
    assert (incident["status"], incident["caller"], incident["opened_by"]) == ("new", "anna", "anna")
    assert incident["number"].startswith("INC-")
    assert incident["opened_at"].endswith("Z")
    assert await agent.get(answer.headers["location"]) == incident
    assert await agent.get(f"/v1/incidents/{incident['number']}") == incident


@pytest.mark.parametrize("missing", ["title", "impact", "urgency"])
async def test_title_impact_and_urgency_are_required(agent: Person, missing: str) -> None:
    body = {"title": "No mail", "impact": "high", "urgency": "low"}
    del body[missing]
    answer = await agent.call("POST", "/v1/incidents", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{missing}"


@pytest.mark.parametrize("field", ["priority", "status", "number", "opened_at", "assignee"])
async def test_what_follows_from_rules_cannot_be_set(agent: Person, field: str) -> None:
    body = {"title": "No mail", "impact": "high", "urgency": "low", field: "P1"}
    assert (await agent.call("POST", "/v1/incidents", body)).status_code == 422


async def test_a_create_is_one_statement_and_one_commit(agent: Person, statements: list[str]) -> None:
    await agent.opens()
    statements.clear()
    await agent.opens()
    assert len(statements) == 1
    assert statements[0].startswith("WITH")


async def test_a_read_and_a_list_are_one_statement_each(
    agent: Person, carl: Person, statements: list[str]
) -> None:
    incident = await agent.opens(caller="carl")
    for who in (agent, carl):
        for path in (f"/v1/incidents/{incident['id']}", "/v1/incidents?status=new&priority=P2"):
            statements.clear()
            await who.get(path)
            assert len(statements) == 1, statements


async def test_a_merge_patch_changes_clears_and_decides_the_priority_again(agent: Person) -> None:
    incident = await agent.opens(service="mail", category="network")
    path = f"/v1/incidents/{incident['id']}"
    answer = await agent.call("PATCH", path, {"impact": "low", "category": None}, If_Match='"1"')
    after = answer.json()
    assert answer.status_code == 200
    assert answer.headers["etag"] == '"2"'
    assert (after["priority"], after["category"], after["service"]) == ("P4", None, "mail")
    assert await agent.get(path) == after


async def test_a_patch_needs_if_match_and_refuses_a_stale_one(agent: Person) -> None:
    path = f"/v1/incidents/{(await agent.opens())['id']}"
    assert (await agent.call("PATCH", path, {"title": "x"})).status_code == 428
    assert (await agent.call("PATCH", path, {"title": "x"}, If_Match='"1"')).status_code == 200
    assert (await agent.call("PATCH", path, {"title": "y"}, If_Match='"1"')).status_code == 412
    assert (await agent.call("PATCH", path, {"title": None}, If_Match="*")).status_code == 422


async def test_fifty_patches_under_one_etag_have_one_winner(agent: Person) -> None:
    path = f"/v1/incidents/{(await agent.opens())['id']}"
    calls = [agent.call("PATCH", path, {"title": f"t{i}"}, If_Match='"1"') for i in range(50)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*calls))
    assert statuses == [200] + [412] * 49
    assert (await agent.get(path))["version"] == 2


async def test_a_patch_of_nothing_new_states_no_event(agent: Person) -> None:
    incident = await agent.opens()
    path = f"/v1/incidents/{incident['id']}"
    answer = await agent.call("PATCH", path, {"title": incident["title"]}, If_Match="*")
    assert (answer.status_code, answer.json()) == (200, incident)


async def test_a_group_alone_acknowledges_nothing_and_a_person_does(agent: Person) -> None:
    incident = await agent.opens()
    path = f"/v1/incidents/{incident['id']}/assign"
    grouped = (await agent.call("POST", path, {"assignment_group": "network"})).json()
    assert (grouped["assignment_group"], grouped["acknowledged_at"]) == ("network", None)
    taken = (await agent.call("POST", path, {"assignee": "ben"})).json()
    assert (taken["assignee"], taken["assignment_group"]) == ("ben", "network")
    assert taken["acknowledged_at"] is not None
    assert (await agent.call("POST", path, {})).status_code == 422


async def test_an_outage_outside_the_years_in_which_things_happen_is_refused(agent: Person) -> None:
    for year in ("0001", "9999"):
        body: dict[str, Any] = {"title": "No mail", "impact": "high", "urgency": "medium"}
        body |= {"outage": {"degree": "full", "started_at": f"{year}-01-01T00:00:00Z"}}
        answer = await agent.call("POST", "/v1/incidents", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/outage/started_at")


async def test_a_whole_life(agent: Person) -> None:
    incident = await agent.opens(outage={"degree": "full"})
    started = await agent.moves(incident, "in_progress")
    held = await agent.moves(started, "on_hold", reason="vendor")
    assert held["hold_reason"] == "vendor"
    resolved = await agent.resolves(held)
    assert resolved["hold_reason"] is None
    assert resolved["outage"]["started_at"] == incident["opened_at"]
    assert resolved["outage"]["ended_at"] == resolved["resolved_at"]
    reopened = await agent.moves(resolved, "in_progress")
    assert (reopened["reopen_count"], reopened["resolution_code"]) == (1, None)
    assert reopened["outage"]["ended_at"] is None
    assert reopened["first_resolved_at"] == resolved["resolved_at"]
    closed = await agent.moves(await agent.resolves(reopened), "closed")
    assert closed["first_resolved_at"] == resolved["resolved_at"] < closed["resolved_at"]
    timeline = await agent.get(f"/v1/incidents/{incident['id']}/timeline")
    said = [item["type"].split(".")[2] for item in timeline["items"]]
    expected = "opened started held resolved reopened resolved closed"
    assert said == expected.split()
    assert [item["sequence"] for item in timeline["items"]] == list(range(1, 8))


async def test_an_illegal_transition_is_409_and_a_missing_field_422(agent: Person) -> None:
    incident = await agent.opens()
    path = f"/v1/incidents/{incident['id']}/transitions"
    answers = [
        (await agent.call("POST", path, body, If_Match="*")).status_code
        for body in (
            {"to": "on_hold", "reason": "vendor"},
            {"to": "closed"},
            {"to": "resolved"},
            {"to": "resolved", "resolution_code": "fixed"},
            {"to": "nowhere"},
            {"to": "in_progress", "reason": "vendor"},
        )
    ]
    assert answers == [409, 409, 422, 422, 422, 422]
    assert (await agent.call("POST", path, {"to": "in_progress"})).status_code == 428


async def test_the_next_states_are_told_with_reasons(agent: Person, carl: Person) -> None:
    incident = await agent.opens(caller="carl")
    path = f"/v1/incidents/{incident['id']}/transitions"

    def allowed(answer: Any) -> set[str]:
        return {item["to"] for item in answer["items"] if item["allowed"]}

    assert allowed(await agent.get(path)) == {"in_progress", "resolved", "cancelled"}
    assert allowed(await carl.get(path)) == {"cancelled"}
    assert all(item["why"] for item in (await carl.get(path))["items"] if not item["allowed"])


async def test_the_parents_steps_go_down_to_its_children(agent: Person) -> None:
    parent = await agent.opens()
    children = [await agent.opens(parent_id=parent["id"]) for _ in range(2)]
    lone = await agent.opens()

    async def statuses() -> list[str]:
        paths = [f"/v1/incidents/{one['id']}" for one in (*children, lone)]
        return [(await agent.get(path))["status"] for path in paths]

    await agent.moves(parent, "in_progress")
    assert await statuses() == ["in_progress", "in_progress", "new"]
    await agent.moves(parent, "on_hold", reason="caller", comment="Which room?")
    assert await statuses() == ["in_progress", "in_progress", "new"]
    await agent.moves(parent, "in_progress")
    await agent.resolves(parent)
    assert await statuses() == ["resolved", "resolved", "new"]
    child = await agent.get(f"/v1/incidents/{children[0]['id']}")
    assert child["resolution_note"] == "Restarted."
    await agent.moves(parent, "closed")
    assert await statuses() == ["resolved", "resolved", "new"]


async def test_there_is_one_level_of_children(agent: Person) -> None:
    parent = await agent.opens()
    child = await agent.opens(parent_id=parent["id"])
    body = {"title": "t", "impact": "low", "urgency": "low", "parent_id": child["id"]}
    assert (await agent.call("POST", "/v1/incidents", body)).status_code == 422
    other = await agent.opens()
    path = f"/v1/incidents/{parent['id']}"
    answer = await agent.call("PATCH", path, {"parent_id": other["id"]}, If_Match="*")
    assert answer.status_code == 422
    body["parent_id"] = "00000000-0000-7000-8000-000000000000"
    assert (await agent.call("POST", "/v1/incidents", body)).status_code == 422


async def test_representations_hold_to_the_openapi_document(agent: Person) -> None:
    incident = await agent.opens(outage={"degree": "partial"}, configuration_items=["web-1"])
    await agent.resolves(incident)
    path = f"/v1/incidents/{incident['id']}"
    outgoing.IncidentOut.model_validate(await agent.get(path))
    comment = await agent.says(incident, "Looking.")
    outgoing.CommentOut.model_validate(comment)
    outgoing.NextStates.model_validate(await agent.get(f"{path}/transitions"))
    for item in (await agent.get(f"{path}/timeline"))["items"]:
        HappeningOut.model_validate(item)

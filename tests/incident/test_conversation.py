"""Comments, replies of the caller, watchers and the timeline."""

from .conftest import Person


async def test_the_callers_comment_resumes_what_waits_for_the_caller(agent: Person, carl: Person) -> None:
    incident = await agent.opens(caller="carl")
    await agent.moves(incident, "in_progress")
    path = f"/v1/incidents/{incident['id']}"
    answer = await agent.call(
        "POST", f"{path}/transitions", {"to": "on_hold", "reason": "caller"}, If_Match="*"
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/comment"
    await agent.moves(incident, "on_hold", reason="caller", comment="Which room?")
    await agent.says(incident, "He is out until noon.", "internal")
    assert (await agent.get(path))["status"] == "on_hold"
    said = await carl.says(incident, "Room 12.")
    assert said["incident_id"] == incident["id"]
    assert (await agent.get(path))["status"] == "in_progress"
    assert [c["body"] for c in (await carl.get(f"{path}/comments"))["items"]] == ["Which room?", "Room 12."]


async def test_an_internal_comment_does_not_tell_the_caller(agent: Person) -> None:
    incident = await agent.opens()
    await agent.moves(incident, "in_progress")
    body = {"to": "on_hold", "reason": "caller", "comment": "psst", "visibility": "internal"}
    path = f"/v1/incidents/{incident['id']}/transitions"
    assert (await agent.call("POST", path, body, If_Match="*")).status_code == 422


async def test_a_callers_reply_to_a_closed_incident_opens_a_linked_one(agent: Person, carl: Person) -> None:
    incident = await carl.opens()
    await agent.moves(await agent.resolves(incident), "closed")
    said = await carl.says(incident, "It is back.")
    assert said["incident_id"] != incident["id"]
    new = await carl.get(f"/v1/incidents/{said['incident_id']}")
    assert (new["follows_id"], new["status"], new["caller"]) == (incident["id"], "new", "carl")
    assert (await agent.get(f"/v1/incidents/{incident['id']}"))["status"] == "closed"
    found = await agent.get(f"/v1/incidents?follows_id={incident['id']}")
    assert [item["id"] for item in found["items"]] == [new["id"]]


async def test_a_comment_makes_nobodys_edit_stale(agent: Person) -> None:
    incident = await agent.opens()
    await agent.says(incident, "Looking.")
    path = f"/v1/incidents/{incident['id']}"
    assert (await agent.call("PATCH", path, {"title": "x"}, If_Match='"1"')).status_code == 200


async def test_a_comment_has_a_place(agent: Person) -> None:
    incident = await agent.opens()
    path = f"/v1/incidents/{incident['id']}/comments"
    answer = await agent.call("POST", path, {"body": "Looking."})
    assert answer.status_code == 201
    assert await agent.get(answer.headers["location"]) == answer.json()


async def test_the_timeline_pages_through_everything_once(agent: Person) -> None:
    incident = await agent.opens()
    for number in range(5):
        await agent.says(incident, f"remark {number}")
    seen, path = [], f"/v1/incidents/{incident['number']}/timeline?limit=2"
    cursor = ""
    while cursor is not None:
        page = await agent.get(path + (f"&cursor={cursor}" if cursor else ""))
        seen += page["items"]
        cursor = page["next"]
    assert [item["data"].get("body") for item in seen] == [None, *(f"remark {n}" for n in range(5))]
    assert seen[0]["data"]["caller"] == seen[0]["actor"] == "anna"
    bad = await agent.call("GET", path + "&cursor=nonsense")
    assert bad.status_code == 422


async def test_watching_ends_and_is_told_in_the_timeline(agent: Person) -> None:
    incident = await agent.opens()
    path = f"/v1/incidents/{incident['id']}/watchers"
    added = await agent.call("POST", path, {"watcher": "wanda"})
    assert added.status_code == 201
    assert (await agent.call("POST", path, {"watcher": "wanda"})).status_code == 200
    assert [w["watcher"] for w in (await agent.get(path))["items"]] == ["wanda"]
    place = added.headers["location"]
    assert (await agent.call("DELETE", place)).status_code == 428
    assert (await agent.call("DELETE", place, If_Match='"1"')).status_code == 204
    assert (await agent.get(path))["items"] == []
    items = (await agent.get(f"/v1/incidents/{incident['id']}/timeline"))["items"]
    assert [item["type"] for item in items][1:] == ["itsm.watcher.added.v1", "itsm.watcher.removed.v1"]


async def test_a_second_reply_joins_the_incident_that_the_first_one_opened(
    agent: Person, carl: Person
) -> None:
    incident = await carl.opens()
    await agent.resolves(incident)
    await agent.moves(incident, "closed")
    first = await carl.says(incident, "It is back.")
    second = await carl.says(incident, "And worse.")
    assert second["incident_id"] == first["incident_id"] != incident["id"]

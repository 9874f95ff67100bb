"""The history import through its door."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest
from itsm_chassis.store.database import Database

from .conftest import Person

Lines = list[dict[str, Any]]


def line(external_id: str, *history: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = {
        "external_id": external_id,
        "title": f"Old trouble {external_id}",
        "opened_at": "2012-05-01T08:00:00+02:00",
        "impact": "medium",
        "urgency": "medium",
        "history": list(history),
    }
    return made | fields


@pytest.fixture
def moving(person: Callable[..., Person]) -> Person:
    return person("mover", "service")


async def post(who: Person, lines: list[Any], query: str = "") -> list[dict[str, Any]]:
    body = b"".join(
        (text if isinstance(text, bytes) else json.dumps(text).encode()) + b"\n" for text in lines
    )
    answer = await who.client.post(
        f"/v1/incidents:import{query}",
        content=body,
        headers={"Authorization": f"Bearer {who.token}", "Content-Type": "application/x-ndjson"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(text) for text in answer.text.splitlines()]


RESOLVED = line(
    "A-1",
    {"at": "2012-05-01T08:05:00+02:00", "to": "in_progress", "assignment_group": "g1", "assignee": "ben"},
    {"at": "2012-05-02T08:00:00+02:00", "to": "resolved", "resolution_code": "fixed", "comment": "Swapped."},
)


async def test_an_imported_incident_is_a_record_with_its_whole_history(moving: Person) -> None:
    [result] = await post(moving, [RESOLVED])
    assert (result["line"], result["external_id"], result["status"]) == (1, "A-1", "created")
    incident = await moving.get(f"/v1/incidents/{result['id']}")
    assert incident["opened_at"] == "2012-05-01T06:00:00Z"
    assert incident["acknowledged_at"] == "2012-05-01T06:05:00Z"
    assert incident["first_resolved_at"] == incident["resolved_at"] == "2012-05-02T06:00:00Z"
    assert (incident["status"], incident["imported"], incident["version"]) == ("resolved", True, 3)
    items = (await moving.get(f"/v1/incidents/{result['id']}/timeline"))["items"]
    assert [item["type"].split(".")[2] for item in items] == ["opened", "started", "resolved"]
    assert [item["time"] for item in items] == [
        "2012-05-01T06:00:00Z",
        "2012-05-01T06:05:00Z",
        "2012-05-02T06:00:00Z",
    ]
    assert all(item["imported"] for item in items)
    comments = (await moving.get(f"/v1/incidents/{result['id']}/comments"))["items"]
    assert [(c["body"], c["visibility"]) for c in comments] == [("Swapped.", "internal")]


async def test_again_is_unchanged_and_other_content_is_a_conflict(moving: Person) -> None:
    [first] = await post(moving, [RESOLVED])
    reordered = dict(reversed(RESOLVED.items()))
    [again] = await post(moving, [reordered])
    assert (again["status"], again["id"]) == ("unchanged", first["id"])
    [other] = await post(moving, [RESOLVED | {"title": "Another"}])
    assert (other["status"], other["id"]) == ("conflict", first["id"])
    assert (await moving.get(f"/v1/incidents/{first['id']}"))["title"] == RESOLVED["title"]


async def test_twice_in_one_body_is_judged_the_same_way(moving: Person) -> None:
    results = await post(moving, [RESOLVED, RESOLVED, RESOLVED | {"title": "Another"}])
    assert [result["status"] for result in results] == ["created", "unchanged", "conflict"]
    assert len({result["id"] for result in results}) == 1


async def test_a_bad_line_is_refused_alone_and_says_everything(moving: Person) -> None:
    bad = line(
        "B", {"at": "2012-05-01T08:00:00", "to": "thinking"}, {"to": "closed", "mood": 1}, impact="huge"
    )
    results = await post(moving, [line("A"), bad, b"{]", line("C")])
    assert [result["status"] for result in results] == ["created", "invalid", "invalid", "created"]
    found = {(error["pointer"], error["code"]) for error in results[1]["errors"]}
    assert found == {
        ("/impact", "invalid"),
        ("/history/0/at", "naive_time"),
        ("/history/0/to", "invalid"),
        ("/history/1/at", "missing"),
        ("/history/1/mood", "unknown_field"),
    }
    assert [result["line"] for result in results] == [1, 2, 3, 4]


async def test_a_dry_run_stores_nothing(moving: Person) -> None:
    [result] = await post(moving, [RESOLVED], "?dry_run=true")
    assert (result["status"], "id" in result) == ("created", False)
    assert (await moving.get("/v1/incidents"))["items"] == []


async def test_a_line_over_one_mebibyte_is_refused_and_the_next_one_read(moving: Person) -> None:
    long = json.dumps(line("L", title="x" * 1_100_000)).encode()
    results = await post(moving, [line("A"), long, line("B")])
    assert [result["status"] for result in results] == ["created", "invalid", "created"]


async def test_only_the_service_and_the_admin_may_import(person: Callable[..., Person]) -> None:
    for role, status in (("agent", 403), ("requester", 403), ("manager", 403), ("admin", 200)):
        who = person("x", role)
        headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/x-ndjson"}
        answer = await who.client.post("/v1/incidents:import", content=b"", headers=headers)
        assert answer.status_code == status, role


async def test_twin_imports_at_once_store_each_incident_once(moving: Person, db: Database) -> None:
    lines = [line(f"T-{i}", {"at": "2012-05-02T00:00:00Z", "to": "in_progress"}) for i in range(600)]
    twins = await asyncio.gather(*(post(moving, part) for part in (lines, lines[::-1], lines)))
    statuses = [result["status"] for results in twins for result in results]
    assert (statuses.count("created"), statuses.count("unchanged")) == (600, 1200)
    assert await db.fetchval("SELECT count(*) FROM incident") == 600
    assert await db.fetchval("SELECT count(*) FROM event") == 1200
    assert await db.fetchval("SELECT count(*) FROM outbox") == 1200


async def test_positions_in_the_outbox_follow_the_order_of_each_incident(
    moving: Person, db: Database
) -> None:
    await post(moving, [RESOLVED, RESOLVED | {"external_id": "A-2"}])
    rows = await db.fetch(
        "SELECT subject, sequence FROM outbox JOIN event ON event.id = event_id ORDER BY position"
    )
    for subject in {row["subject"] for row in rows}:
        assert [row["sequence"] for row in rows if row["subject"] == subject] == [1, 2, 3]


async def test_a_client_that_vanishes_leaves_whole_chunks_only(moving: Person, db: Database) -> None:
    async def body() -> AsyncIterator[bytes]:
        for i in range(700):
            yield json.dumps(line(f"V-{i}")).encode() + b"\n"
        raise ConnectionError("gone")

    headers = {"Authorization": f"Bearer {moving.token}", "Content-Type": "application/x-ndjson"}
    with pytest.raises((ConnectionError, httpx2.TransportError)):
        await moving.client.post("/v1/incidents:import", content=body(), headers=headers)
    assert await db.fetchval("SELECT count(*) FROM incident") in (0, 500)


async def test_two_tenants_may_have_the_same_external_id(person: Callable[..., Person]) -> None:
    for tenant in ("acme", "globex"):
        [result] = await post(person("m", "admin", tenant), [RESOLVED])
        assert result["status"] == "created"
        assert len((await person("m", "admin", tenant).get("/v1/incidents"))["items"]) == 1


async def test_an_open_imported_incident_goes_on_as_live_work(moving: Person, agent: Person) -> None:
    [result] = await post(moving, [line("O", {"at": "2012-05-02T00:00:00Z", "to": "on_hold"})])
    resolved = await agent.resolves(result)
    assert (resolved["status"], resolved["version"]) == ("resolved", 3)
    items = (await agent.get(f"/v1/incidents/{result['id']}/timeline"))["items"]
    assert [item["imported"] for item in items] == [True, True, False]

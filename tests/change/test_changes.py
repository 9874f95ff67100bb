"""Asking for changes, reading them, and what is said about them."""

import json
from typing import Any

import pytest
from itsm_events import Envelope, opaque
from itsm_events.change import ChangeRequested
from support.broker import channel, heard, listen
from support.services import Running

NEW = {"title": "Second disk for the mail store", "change_type": "normal"}


async def test_a_change_begins_as_new_with_a_number_and_its_place(change: Running) -> None:
    agent = change.caller("agent")
    answer = await agent.call("POST", "/v1/changes", NEW | {"service": "mail"})
    made = answer.json()
    assert answer.status_code == 201
    assert (answer.headers["etag"], answer.headers["location"]) == ('"1"', f"/v1/changes/{made['id']}")
    assert (
        made
        | {
            "id": made["id"],
            "number": "CHG-000001",
            "version": 1,
            "title": NEW["title"],
            "description": None,
            "change_type": "normal",
            "status": "new",
            "service": "mail",
            "requester": "anna",
            "approval": "not_asked",
            "configuration_items": [],
            "backed_out": False,
            "imported": False,
            "unknown": [{"kind": "service", "key": "mail"}],
        }
        == made
    )
    assert made["requested_at"] == made["created_at"] == made["updated_at"]
    for path in (answer.headers["location"], "/v1/changes/CHG-000001", "/v1/changes/chg-000001"):
        read = await agent.call("GET", path)
        assert (read.text, read.headers["etag"]) == (answer.text, '"1"')


@pytest.mark.parametrize("missing", ["title", "change_type"])
async def test_title_and_change_type_are_required(change: Running, missing: str) -> None:
    body = {name: value for name, value in NEW.items() if name != missing}
    answer = await change.caller("agent").call("POST", "/v1/changes", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{missing}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "authorize"},
        {"number": "CHG-9"},
        {"change_type": "urgent"},
        {"title": " "},
        {"service": ""},
    ],
)
async def test_what_cannot_be_set_is_refused_and_nothing_is_stored(
    change: Running, wrong: dict[str, Any]
) -> None:
    agent = change.caller("agent")
    assert (await agent.call("POST", "/v1/changes", NEW | wrong)).status_code == 422
    assert (await agent.get("/v1/changes?count=exact"))["count"] == 0


async def test_a_repeated_request_under_one_key_makes_one_change(change: Running) -> None:
    agent = change.caller("agent")
    first, again = [await agent.call("POST", "/v1/changes", NEW, Idempotency_Key="k1") for _ in range(2)]
    assert (first.status_code, again.status_code, again.text) == (201, 201, first.text)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await agent.get("/v1/changes?count=exact"))["count"] == 1


async def test_a_list_is_filtered_sorted_and_paged(change: Running) -> None:
    agent = change.caller("agent")
    for number, kind in enumerate(("normal", "emergency", "normal")):
        await agent.creates("/v1/changes", title=f"Change {number}", change_type=kind)
    normal = await agent.get("/v1/changes?change_type=normal&sort=number&limit=1")
    assert [item["number"] for item in normal["items"]] == ["CHG-000001"]
    rest = await agent.get(f"/v1/changes?change_type=normal&sort=number&limit=1&cursor={normal['next']}")
    assert [item["number"] for item in rest["items"]] == ["CHG-000003"]
    assert rest["next"] is None
    newest = await agent.get("/v1/changes")
    assert [item["title"] for item in newest["items"]] == ["Change 2", "Change 1", "Change 0"]


async def test_create_read_and_list_are_one_statement_each(change: Running) -> None:
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW)
    for method, path, body in (
        ("POST", "/v1/changes", NEW),
        ("GET", f"/v1/changes/{made['id']}", None),
        ("GET", "/v1/changes?status=new", None),
    ):
        change.statements.clear()
        assert (await agent.call(method, path, body)).is_success
        assert len(change.statements) == 1, change.statements


async def test_a_requester_asks_for_themselves_and_sees_only_their_own(
    change: Running, amqp_url: str
) -> None:
    agent, carl = change.caller("agent"), change.caller("requester", "carl")
    theirs = await agent.creates("/v1/changes", **NEW)
    own = await carl.creates("/v1/changes", **NEW)
    given = await agent.creates("/v1/changes", **NEW, requester="carl")
    assert (await carl.call("POST", "/v1/changes", NEW | {"requester": "anna"})).status_code == 403
    for reference in (theirs["id"], theirs["number"]):
        assert (await carl.call("GET", f"/v1/changes/{reference}")).status_code == 404
    assert await carl.get(f"/v1/changes/{own['number']}") == own
    listed = await carl.get("/v1/changes?count=exact")
    assert {item["id"] for item in listed["items"]} == {own["id"], given["id"]}
    assert listed["count"] == 2
    async with channel(amqp_url) as on:
        await listen(on)
        await change.say_all(amqp_url)
    assert len((await agent.get("/v1/events"))["items"]) == 3
    seen = (await carl.get("/v1/events"))["items"]
    assert {event["subject"] for event in seen} == {own["id"], given["id"]}


async def test_another_tenant_finds_nothing(change: Running) -> None:
    made = await change.caller("agent").creates("/v1/changes", **NEW)
    stranger = change.caller("admin", tenant="other")
    for reference in (made["id"], made["number"]):
        assert (await stranger.call("GET", f"/v1/changes/{reference}")).status_code == 404
    assert (await stranger.get("/v1/changes"))["items"] == []


@pytest.mark.parametrize("reference", ["CHG-999999", "00000000-0000-7000-8000-000000000000", "x", "%F0%9F"])
async def test_what_is_not_there_answers_404(change: Running, reference: str) -> None:
    assert (await change.caller("agent").call("GET", f"/v1/changes/{reference}")).status_code == 404


async def test_a_new_change_is_said_on_the_bus_without_names_and_prose(
    change: Running, amqp_url: str
) -> None:
    agent = change.caller("agent")
    made = await agent.creates("/v1/changes", **NEW, description="The key lies under the mat", service="mail")
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.change.*.v1")
        await change.say_all(amqp_url)
        (message,) = await heard(queue, 1)
    assert message.routing_key == "itsm.change.requested.v1"
    envelope = Envelope.model_validate_json(message.body)
    assert (str(envelope.subject), envelope.sequence, envelope.source) == (made["id"], 1, "/itsm/change")
    said = ChangeRequested.model_validate(envelope.data)
    assert (said.number, said.service, said.requester) == (made["number"], "mail", opaque("acme", "anna"))
    assert b"under the mat" not in message.body
    assert b"anna" not in message.body
    assert (await agent.get("/v1/events"))["items"] == [json.loads(message.body)]

"""Proposing services for the portfolio, reading them, and what is said about them."""

from typing import Any

import pytest
from itsm_events import Envelope, opaque
from itsm_events.catalog import ServiceProposed
from support.broker import channel, heard, listen
from support.services import Running

MAIL = {"key": "mail", "name": "Mail and calendar"}


async def test_a_service_begins_as_proposed_and_is_found_by_id_and_key(catalog: Running) -> None:
    manager = catalog.caller("manager")
    answer = await manager.call("POST", "/v1/services", MAIL | {"business_unit": "IT"})
    made = answer.json()
    assert answer.status_code == 201
    assert (answer.headers["etag"], answer.headers["location"]) == ('"1"', f"/v1/services/{made['id']}")
    assert made == {
        "id": made["id"],
        "key": "mail",
        "version": 1,
        "name": "Mail and calendar",
        "description": None,
        "status": "proposed",
        "owner": "anna",
        "business_unit": "IT",
        "customers": [],
        "business_value": None,
        "risks": None,
        "criticality": None,
        "yearly_cost": None,
        "yearly_price": None,
        "currency": None,
        "sla_policy": None,
        "availability_calendar": None,
        "availability_target": None,
        "proposed_at": made["proposed_at"],
        "live_at": None,
        "retired_at": None,
    }
    for path in (answer.headers["location"], "/v1/services/mail"):
        assert (await manager.call("GET", path)).text == answer.text


async def test_a_key_is_taken_once_in_each_tenant(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **MAIL)
    refused = await manager.call("POST", "/v1/services", MAIL)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_exists")
    other = catalog.caller("manager", tenant="other")
    await other.creates("/v1/services", **MAIL, owner="berta")
    assert (await manager.get("/v1/services/mail"))["owner"] == "anna"
    assert (await other.get("/v1/services/mail"))["owner"] == "berta"
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "a/b"},
        {"key": ""},
        {"key": "0190b1c2-0000-7000-8000-000000000000"},
        {"name": " "},
        {"status": "live"},
        {"id": "x"},
    ],
)
async def test_what_cannot_be_set_is_refused(catalog: Running, wrong: dict[str, Any]) -> None:
    answer = await catalog.caller("manager").call("POST", "/v1/services", MAIL | wrong)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(wrong))}"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("requester", 403),
        ("agent", 403),
        ("service", 403),
        ("manager", 201),
        ("change_manager", 201),
        ("admin", 201),
    ],
)
async def test_managers_propose_and_everybody_reads(catalog: Running, role: str, status: int) -> None:
    await catalog.caller("admin").creates("/v1/services", **MAIL)
    caller = catalog.caller(role, "carl")
    answer = await caller.call("POST", "/v1/services", {"key": "print", "name": "Printing"})
    assert answer.status_code == status
    assert (await caller.get("/v1/services/mail"))["name"] == MAIL["name"]
    assert (await caller.get("/v1/services?key=mail"))["items"][0]["key"] == "mail"


async def test_a_list_goes_by_name_and_can_be_searched(catalog: Running) -> None:
    manager = catalog.caller("manager")
    for key in ("vpn", "mail", "print"):
        await manager.creates("/v1/services", key=key, name=f"The {key} service")
    assert [item["key"] for item in (await manager.get("/v1/services"))["items"]] == ["mail", "print", "vpn"]
    assert [item["key"] for item in (await manager.get("/v1/services?q=PRINT"))["items"]] == ["print"]


async def test_create_read_and_list_are_one_statement_each(catalog: Running) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates("/v1/services", **MAIL)
    for method, path, body in (
        ("POST", "/v1/services", MAIL | {"key": "print"}),
        ("GET", f"/v1/services/{made['id']}", None),
        ("GET", "/v1/services?status=proposed", None),
    ):
        catalog.statements.clear()
        assert (await manager.call(method, path, body)).is_success
        assert len(catalog.statements) == 1, catalog.statements


async def test_a_proposed_service_is_said_on_the_bus_and_in_the_feed(catalog: Running, amqp_url: str) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates("/v1/services", **MAIL, description="With a shared password")
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.service.*.v1")
        await catalog.say_all(amqp_url)
        (message,) = await heard(queue, 1)
    envelope = Envelope.model_validate_json(message.body)
    assert (envelope.type, str(envelope.subject)) == ("itsm.service.proposed.v1", made["id"])
    said = ServiceProposed.model_validate(envelope.data)
    assert (said.key, said.owner) == ("mail", opaque("acme", "anna"))
    assert b"shared password" not in message.body
    feed = await catalog.caller("requester", "carl").get("/v1/events")
    assert [event["id"] for event in feed["items"]] == [str(envelope.id)]

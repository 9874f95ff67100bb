"""Publishing and retiring offerings: versions, what is wrong with one, who may, what is said."""

from typing import Any

import pytest
from itsm_events import Envelope
from itsm_events.offering import OfferingPublished, OfferingRetired
from support.agreements import OFFICE
from support.broker import channel, heard, listen
from support.offers import LAPTOP, LAPTOP_FORM, WORKPLACE
from support.portfolio import live, moved
from support.services import Caller, Running


async def offered(catalog: Running, tenant: str = "acme", **changes: Any) -> tuple[Caller, Any]:
    """A manager, and the offering that they have published."""
    manager = catalog.caller("manager", tenant=tenant)
    await manager.creates("/v1/services", **WORKPLACE)
    return manager, await manager.creates("/v1/offerings", **(LAPTOP | changes))


def version_of(shown: dict[str, Any]) -> dict[str, Any]:
    """The version that an offering shows."""
    return {name: value for name, value in shown.items() if name not in ("id", "versions")}


async def test_an_offering_is_published_and_found_by_id_and_key(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **WORKPLACE)
    answer = await manager.call("POST", "/v1/offerings", LAPTOP)
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/v1/offerings/{made['id']}"
    line = {name: made[name] for name in ("version", "issued_at", "retired")}
    stamp = {"id": made["id"], "version": 1, "issued_at": made["issued_at"], "retired": False}
    assert made == LAPTOP | stamp | {"versions": [line]}
    for path in (answer.headers["location"], "/v1/offerings/laptop"):
        assert (await catalog.caller("requester").call("GET", path)).text == answer.text
    assert (await manager.get("/v1/offerings?service=workplace&retired=false&q=lap"))["items"] == [made]


async def test_little_is_needed_and_the_rest_is_shown_all_the_same(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **WORKPLACE)
    least = {"key": "hug", "name": "A hug", "service": "workplace", "form": {"type": "object"}}
    made = await manager.creates("/v1/offerings", **least)
    assert made.keys() == (LAPTOP.keys() | {"id", "version", "issued_at", "retired", "versions"})
    assert (made["price"], made["approval"], made["tasks"], made["reopen_days"]) == (None, [], [], 0)


async def test_each_version_stays_readable_as_it_was(catalog: Running) -> None:
    manager, first = await offered(catalog)
    dearer = LAPTOP | {"price": 1600.0, "form": {"type": "object", "properties": {}}}
    assert (await manager.call("POST", "/v1/offerings", dearer)).status_code == 409
    assert (await manager.call("POST", "/v1/offerings", dearer, If_Match='"2"')).status_code == 412
    answer = await manager.call("POST", "/v1/offerings", dearer, If_Match='"1"')
    second = answer.json()
    assert (answer.status_code, answer.headers["etag"], second["id"]) == (201, '"2"', first["id"])
    assert [line["version"] for line in second["versions"]] == [1, 2]
    path = "/v1/offerings/laptop/versions"
    assert (await manager.get(path))["items"] == [version_of(second), version_of(first)]
    assert await manager.get(f"{path}/1") == version_of(first)
    assert await manager.get(f"/v1/offerings/{first['id']}/versions/2") == version_of(second)
    for number, status in (("3", 404), ("0", 422), ("x", 422), (str(2**31), 422)):
        assert (await manager.call("GET", f"{path}/{number}")).status_code == status


async def test_a_retired_offering_goes_on_where_the_next_version_takes_it_up(catalog: Running) -> None:
    manager, made = await offered(catalog)
    path = f"/v1/offerings/{made['id']}/retire"
    assert (await manager.call("POST", path, {})).status_code == 428
    assert (await manager.call("POST", path, {}, If_Match='"2"')).status_code == 412
    answer = await manager.call("POST", path, {}, If_Match='"1"')
    shown = answer.json()
    assert (answer.status_code, answer.headers["etag"], shown["retired"]) == (200, '"2"', True)
    assert shown["form"] == LAPTOP_FORM
    twice = await manager.call("POST", path, {}, If_Match='"2"')
    assert (twice.status_code, twice.json()["code"]) == (409, "already_retired")
    again = await manager.call("POST", "/v1/offerings", LAPTOP, If_Match='"2"')
    assert (again.json()["retired"], again.json()["version"]) == (False, 3)


async def test_what_is_said_is_the_whole_version(catalog: Running, amqp_url: str) -> None:
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.*.*.v1")
        manager, made = await offered(catalog)
        await manager.call("POST", "/v1/offerings/laptop/retire", {}, If_Match="*")
        await catalog.say_all(amqp_url)
        _, first, second = (Envelope.model_validate_json(each.body) for each in await heard(queue, 3))
    assert (str(first.subject), first.sequence, second.sequence) == (made["id"], 1, 2)
    assert first.data == version_of(made)
    assert OfferingPublished.model_validate(first.data).form == LAPTOP_FORM
    assert OfferingRetired.model_validate(second.data).retired


def task(key: str, *after: str) -> dict[str, Any]:
    """A fulfilment task."""
    return {"key": key, "name": key, "assignment_group": "desk", "after": list(after)}


NO_SHARE = {"group": "a", "rule": "percentage"}
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"key": "a/b"}, "/key", "string_pattern_mismatch"),
    ({"name": " "}, "/name", "string_pattern_mismatch"),
    ({"service": "nowhere"}, "/service", "unknown_service"),
    ({"calendar": "nowhere"}, "/calendar", "unknown_calendar"),
    ({"price": -1}, "/price", "greater_than_equal"),
    ({"price": "12"}, "/price", "float_type"),
    ({"price": None}, "/price", "missing"),
    ({"currency": None}, "/currency", "missing"),
    ({"currency": "euro"}, "/currency", "string_pattern_mismatch"),
    ({"delivery_time_s": 0}, "/delivery_time_s", "greater_than_equal"),
    ({"reopen_days": 366}, "/reopen_days", "less_than_equal"),
    ({"approval": [{"group": "a", "rule": "most"}]}, "/approval/0/rule", "literal_error"),
    ({"approval": [NO_SHARE]}, "/approval/0/percentage", "missing"),
    ({"approval": [NO_SHARE | {"rule": "all", "percentage": 50}]}, "/approval/0/percentage", "not_used"),
    ({"approval": [NO_SHARE | {"percentage": 0}]}, "/approval/0/percentage", "greater_than"),
    ({"approval": [{"group": "a", "rule": "any"}] * 11}, "/approval", "too_long"),
    ({"tasks": [task("a"), task("a")]}, "/tasks/1/key", "duplicate"),
    ({"tasks": [task("a", "b")]}, "/tasks/0/after/0", "unknown_task"),
    ({"tasks": [task("a", "a")]}, "/tasks", "circle"),
    ({"tasks": [task("a"), task("b", "a", "a")]}, "/tasks/1/after/1", "duplicate"),
    ({"tasks": [task(str(n)) for n in range(51)]}, "/tasks", "too_long"),
    ({"form": None}, "/form", "dict_type"),
    ({"form": {"type": "array"}}, "/form/type", "not_an_object"),
    ({"form": {"type": "object", "requierd": ["x"]}}, "/form/requierd", "unknown_keyword"),
    ({"business_units": ["a", "b", "a"]}, "/business_units/2", "duplicate"),
    ({"roles": ["king"]}, "/roles/0", "literal_error"),
    ({"roles": ["agent", "agent"]}, "/roles/1", "duplicate"),
    ({"retired": True}, "/retired", "extra_forbidden"),
    ({"version": 7}, "/version", "extra_forbidden"),
    ({"issued_at": "2026-01-01T00:00:00Z"}, "/issued_at", "extra_forbidden"),
]  # fmt: skip


async def test_a_wrong_offering_is_refused_where_it_is_wrong(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **WORKPLACE)
    for wrong, pointer, code in WRONG:
        answer = await manager.call("POST", "/v1/offerings", LAPTOP | wrong)
        first = answer.json()["errors"][0]
        assert (answer.status_code, first["pointer"], first["code"]) == (422, pointer, code), wrong
    assert await catalog.db.fetchval("SELECT count(*) FROM offering") == 0


async def test_tasks_that_wait_for_one_another_are_named(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **WORKPLACE)
    tasks = [task("begin"), task("a", "begin", "c"), task("b", "a"), task("c", "b"), task("end", "c")]
    answer = await manager.call("POST", "/v1/offerings", LAPTOP | {"tasks": tasks})
    assert "a -> c -> b -> a" in answer.json()["errors"][0]["message"]


async def test_several_findings_come_at_once(catalog: Running) -> None:
    wrong = {"currency": None, "tasks": [task("a", "b")], "form": {"type": "object", "format": "phone"}}
    answer = await catalog.caller("manager").call("POST", "/v1/offerings", LAPTOP | wrong)
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/service",
        "/currency",
        "/tasks/0/after/0",
        "/form/format",
    ]


async def test_the_calendar_of_the_delivery_time_has_to_be_there(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **WORKPLACE)
    await manager.creates("/v1/calendars", **OFFICE)
    assert (await manager.creates("/v1/offerings", **LAPTOP | {"calendar": "office"}))["calendar"] == "office"


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("requester", False),
        ("agent", False),
        ("change_manager", False),
        ("service", False),
        ("manager", True),
        ("admin", True),
    ],
)
async def test_managers_offer_and_everybody_reads(catalog: Running, role: str, may: bool) -> None:
    await offered(catalog)
    caller = catalog.caller(role, "carl")
    for path, body in (("/v1/offerings", LAPTOP), ("/v1/offerings/laptop/retire", {})):
        answer = await caller.call("POST", path, body, If_Match="*")
        assert (answer.is_success, answer.status_code == 403) == (may, not may), answer.text
    for path in ("/v1/offerings", "/v1/offerings/laptop/versions", "/v1/offerings/laptop/versions/1"):
        await caller.get(path)


async def test_tenants_do_not_see_each_others_offerings(catalog: Running) -> None:
    await offered(catalog)
    other = catalog.caller("manager", tenant="other")
    check: tuple[str, str, Any] = ("POST", "/v1/offerings/laptop/form:check", {"answers": {}})
    for method, path, body in (
        ("GET", "/v1/offerings/laptop", None),
        ("GET", "/v1/offerings/laptop/versions", None),
        ("GET", "/v1/offerings/laptop/versions/1", None),
        check,
    ):
        assert (await other.call(method, path, body)).status_code == 404
    assert (await other.call("POST", "/v1/offerings/laptop/retire", {}, If_Match="*")).status_code == 404
    assert (await other.get("/v1/offerings"))["items"] == []
    unknown = await other.call("POST", "/v1/offerings", LAPTOP)
    assert unknown.json()["errors"][0]["code"] == "unknown_service"
    _, theirs = await offered(catalog, "other", name="Theirs")
    assert (theirs["version"], (await catalog.caller("agent").get("/v1/offerings/laptop"))["name"]) == (
        1,
        "A laptop",
    )


async def test_a_repeated_request_issues_one_version(catalog: Running) -> None:
    manager, _ = await offered(catalog)
    tries = [
        await manager.call("POST", "/v1/offerings", LAPTOP, If_Match='"1"', Idempotency_Key="k")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in tries] == [201, 201]
    assert (await manager.get("/v1/offerings/laptop"))["version"] == 2


async def test_a_retiring_service_goes_on_with_what_it_offers_and_offers_nothing_new(
    catalog: Running,
) -> None:
    manager, rita = catalog.caller("manager"), catalog.caller("requester", "rita")
    await live(manager)
    await live(manager, "shop")
    await moved(manager, "mail", "retiring")
    box = {"key": "mail-box", "name": "A better box", "service": "mail", "form": {"type": "object"}}

    async def codes(body: dict[str, Any], version: int | None = None) -> set[str]:
        condition = {"If_Match": f'"{version}"'} if version else {}
        answer = await manager.call("POST", "/v1/offerings", body, **condition)
        return {error["code"] for error in answer.json().get("errors", ())}

    assert await codes(box, 1) == set(), "what is offered may be put right"
    assert await codes(box | {"key": "bag"}) == {"service_retiring"}
    assert await codes(box | {"key": "shop-box"}, 1) == {"service_retiring"}, "nor can one be moved to it"
    await rita.creates("/v1/service-requests", offering="mail-box", answers={})
    await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    assert await codes(box, 3) == {"service_retiring"}, "nor one be revived"
    late = await rita.call("POST", "/v1/service-requests", {"offering": "mail-box", "answers": {}})
    assert {error["code"] for error in late.json()["errors"]} == {"offering_retired"}

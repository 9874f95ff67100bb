"""Activating and retiring policies: versions, what is wrong with one, who may, what is said."""

from typing import Any

import pytest
from itsm_events import Envelope
from itsm_events.service_level import SlaPolicyActivated, SlaPolicyRetired
from itsm_sla.policy_form import policy_dict, policy_from
from support.agreements import GOLD, OFFICE
from support.broker import channel, heard, listen
from support.services import Caller, Running

ASIDE = {"id", "versions", "availability_target"}


async def agreed(catalog: Running, tenant: str = "acme", **changes: Any) -> tuple[Caller, Any]:
    """A manager, and the policy that they have activated."""
    manager = catalog.caller("manager", tenant=tenant)
    await manager.creates("/v1/calendars", **OFFICE)
    return manager, await manager.creates("/v1/sla-policies", **(GOLD | changes))


def form(shown: dict[str, Any]) -> dict[str, Any]:
    """The engine's form of what a policy shows."""
    return {name: value for name, value in shown.items() if name not in ASIDE}


async def test_a_policy_is_activated_and_found_by_id_and_key(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    answer = await manager.call("POST", "/v1/sla-policies", GOLD)
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"/v1/sla-policies/{made['id']}"
    anything: dict[str, Any] = {"priority": None, "service": None}
    line = {name: made[name] for name in ("version", "valid_from", "issued_at", "retired")}
    assert made == GOLD | {
        "id": made["id"],
        "version": 1,
        "issued_at": made["issued_at"],
        "retired": False,
        "services": ["mail", "print"],
        "groups": [],
        "targets": [anything | target for target in GOLD["targets"]],
        "pauses": ["caller", "vendor"],
        "thresholds": [50, 75, 90, 100],
        "versions": [line],
    }
    for path in (answer.headers["location"], "/v1/sla-policies/gold"):
        assert (await catalog.caller("requester").call("GET", path)).text == answer.text


async def test_pauses_are_every_hold_unless_named_and_may_be_none(catalog: Running) -> None:
    manager, made = await agreed(catalog, pauses=None)
    assert made["pauses"] is None
    assert (await manager.creates("/v1/sla-policies", **(GOLD | {"key": "b", "pauses": []})))["pauses"] == []


async def test_what_is_said_is_the_engines_form_and_reads_back_to_the_same_policy(
    catalog: Running, amqp_url: str
) -> None:
    async with channel(amqp_url) as on:
        queue = await listen(on, "itsm.*.*.v1")
        manager, made = await agreed(catalog)
        path = "/v1/sla-policies/gold/retire"
        retired = (
            await manager.call("POST", path, {"valid_from": "2030-01-01T00:00:00Z"}, If_Match="*")
        ).json()
        await catalog.say_all(amqp_url)
        _, first, second = (Envelope.model_validate_json(each.body) for each in await heard(queue, 3))
    assert (str(first.subject), first.sequence, second.subject) == (made["id"], 1, first.subject)
    for envelope, event, shown in (
        (first, SlaPolicyActivated.model_validate(first.data), made),
        (second, SlaPolicyRetired.model_validate(second.data), retired),
    ):
        assert envelope.data["policy"] == form(shown)
        policy = policy_from(event.policy.model_dump(mode="json"))
        assert policy == policy_from(envelope.data["policy"])
        assert policy_dict(policy) == form(shown)
        assert (event.version, event.valid_from) == (policy.version, policy.valid_from)
        assert event.availability_target == 99.5
    assert (first.data["policy"]["retired"], second.data["policy"]["retired"]) == (False, True)


async def test_the_next_version_needs_the_latest_ones_etag_and_may_be_backdated(catalog: Running) -> None:
    manager, first = await agreed(catalog, valid_from="2020-01-01T00:00:00Z")
    older = GOLD | {"valid_from": "2013-01-01T00:00:00Z", "availability_target": None}
    assert (await manager.call("POST", "/v1/sla-policies", older)).status_code == 409
    assert (await manager.call("POST", "/v1/sla-policies", older, If_Match='"2"')).status_code == 412
    answer = await manager.call("POST", "/v1/sla-policies", older, If_Match='"1"')
    second = answer.json()
    assert (answer.status_code, answer.headers["etag"], second["id"]) == (201, '"2"', first["id"])
    assert [line["valid_from"][:4] for line in second["versions"]] == ["2020", "2013"]
    versions = (await manager.get("/v1/sla-policies/gold/versions"))["items"]
    assert versions == [
        form(second) | {"availability_target": None},
        form(first) | {"availability_target": 99.5},
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "slo"}, "/kind"),
        ({"key": "0190b1c2-0000-7000-8000-000000000000"}, "/key"),
        ({"name": ""}, "/name"),
        ({"calendar": "nowhere"}, "/calendar"),
        ({"valid_from": "2011-12-31T23:59:59Z"}, "/valid_from"),
        ({"valid_from": 1}, "/valid_from"),
        ({"targets": []}, "/targets"),
        ({"targets": None}, "/targets"),
        ({"targets": [{"measure": "close", "seconds": 1}]}, "/targets/0/measure"),
        ({"targets": [{"measure": "resolve", "seconds": 0}]}, "/targets/0/seconds"),
        ({"targets": [{"measure": "resolve", "seconds": 1.5}]}, "/targets/0/seconds"),
        ({"targets": [{"measure": "resolve", "seconds": 366 * 86_400 + 1}]}, "/targets/0/seconds"),
        ({"targets": [{"measure": "resolve", "seconds": 9, "priority": "P9"}]}, "/targets/0/priority"),
        ({"targets": [{"measure": "resolve", "seconds": 9}] * 2}, "/targets/1"),
        ({"targets": [{"measure": "resolve", "seconds": 9, "service": "vpn"}]}, "/targets/0/service"),
        ({"services": ["mail", "mail"]}, "/services/1"),
        ({"groups": [""]}, "/groups/0"),
        ({"pauses": ["lunch"]}, "/pauses/0"),
        ({"pauses": ["caller", "caller"]}, "/pauses/1"),
        ({"thresholds": []}, "/thresholds"),
        ({"thresholds": [75, 50, 100]}, "/thresholds"),
        ({"thresholds": [50, 75]}, "/thresholds"),
        ({"thresholds": [50, 101]}, "/thresholds"),
        ({"availability_target": 0}, "/availability_target"),
        ({"availability_target": 100.1}, "/availability_target"),
        ({"retired": True}, "/retired"),
        ({"version": 1}, "/version"),
    ],
)
async def test_a_wrong_policy_is_refused_where_it_is_wrong(
    catalog: Running, wrong: dict[str, Any], pointer: str
) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    answer = await manager.call("POST", "/v1/sla-policies", GOLD | wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await catalog.db.fetchval("SELECT count(*) FROM sla_policy") == 0


async def test_a_retired_policy_gives_no_clocks_from_then_on_and_can_be_taken_up_again(
    catalog: Running,
) -> None:
    manager, made = await agreed(catalog)
    path = f"/v1/sla-policies/{made['id']}/retire"
    assert (await manager.call("POST", path, {})).status_code == 428
    assert (await manager.call("POST", path, {}, If_Match='"2"')).status_code == 412
    answer = await manager.call("POST", path, {}, If_Match='"1"')
    shown = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (shown["retired"], shown["valid_from"]) == (True, shown["issued_at"])
    assert shown["targets"] == made["targets"]
    twice = await manager.call("POST", path, {}, If_Match='"2"')
    assert (twice.status_code, twice.json()["code"]) == (409, "already_retired")
    assert (await manager.get("/v1/sla-policies?retired=true"))["items"] == [shown]
    again = await manager.call("POST", "/v1/sla-policies", GOLD, If_Match='"2"')
    assert (again.json()["retired"], again.json()["version"]) == (False, 3)


async def test_a_retirement_that_a_later_version_would_outlive_is_refused(catalog: Running) -> None:
    manager, _ = await agreed(catalog, valid_from="2030-01-01T00:00:00Z")
    for body in ({}, {"valid_from": "2029-12-31T23:59:59Z"}):
        refused = await manager.call("POST", "/v1/sla-policies/gold/retire", body, If_Match="*")
        assert refused.json()["errors"][0]["pointer"] == "/valid_from"
        assert "2030-01-01T00:00:00Z" in refused.json()["errors"][0]["message"]
    body = {"valid_from": "2030-01-01T00:00:00Z"}
    assert (await manager.call("POST", "/v1/sla-policies/gold/retire", body, If_Match="*")).status_code == 200


async def test_a_repeated_request_issues_one_version(catalog: Running) -> None:
    manager, _ = await agreed(catalog)
    tries = [
        await manager.call("POST", "/v1/sla-policies", GOLD, If_Match='"1"', Idempotency_Key="k")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in tries] == [201, 201]
    assert tries[0].text == tries[1].text
    assert tries[1].headers["idempotency-replayed"] == "true"
    assert (await manager.get("/v1/sla-policies/gold"))["version"] == 2


async def test_tenants_do_not_see_each_others_service_levels(catalog: Running) -> None:
    await agreed(catalog)
    other = catalog.caller("manager", tenant="other")
    for path in ("/v1/calendars/office", "/v1/sla-policies/gold", "/v1/sla-policies/gold/versions"):
        assert (await other.call("GET", path)).status_code == 404
    unknown = await other.call("POST", "/v1/sla-policies", GOLD)
    assert unknown.json()["errors"][0]["code"] == "unknown_calendar"
    assert (await other.call("POST", "/v1/sla-policies/gold/retire", {}, If_Match="*")).status_code == 404
    assert (await other.get("/v1/sla-policies"))["items"] == []
    _, theirs = await agreed(catalog, "other", name="Theirs")
    assert (theirs["version"], (await other.get("/v1/sla-policies/gold"))["name"]) == (1, "Theirs")
    assert (await catalog.caller("agent").get("/v1/sla-policies/gold"))["name"] == "Gold"


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
async def test_managers_agree_and_everybody_reads(catalog: Running, role: str, may: bool) -> None:
    await agreed(catalog)
    caller = catalog.caller(role, "carl")
    writes = [
        ("/v1/calendars", OFFICE),
        ("/v1/calendars/office/holidays:import", {"country": "SE", "years": [2026]}),
        ("/v1/sla-policies", GOLD),
        ("/v1/sla-policies/gold/retire", {}),
    ]
    for path, body in writes:
        answer = await caller.call("POST", path, body, If_Match="*")
        assert answer.status_code == (answer.status_code if may else 403)
        assert answer.is_success == may, answer.text
    for path in ("/v1/calendars", "/v1/calendars/office/versions", "/v1/sla-policies/gold"):
        await caller.get(path)


async def test_writes_and_reads_take_few_statements(catalog: Running) -> None:
    manager, _ = await agreed(catalog)
    for method, path, body, most in (
        ("POST", "/v1/calendars", OFFICE, 2),
        ("POST", "/v1/sla-policies", GOLD, 3),
        ("GET", "/v1/sla-policies/gold", None, 1),
        ("GET", "/v1/sla-policies?kind=sla&calendar=office", None, 1),
        ("GET", "/v1/calendars/office/versions", None, 2),
    ):
        catalog.statements.clear()
        headers = {"If_Match": "*"} if body else {}
        assert (await manager.call(method, path, body, **headers)).is_success
        assert len(catalog.statements) == most, catalog.statements

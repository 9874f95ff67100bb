"""Services through their lives, over HTTP: edited, moved, refused with reasons, told."""

import asyncio
from typing import Any

import pytest
from itsm_catalog.tables.graph import ALONE
from itsm_events import Envelope, opaque
from itsm_events.catalog import ServiceLaunched
from support.agreements import GOLD, OFFICE
from support.broker import channel, heard, listen
from support.eventually import until
from support.items import ANY, item, needs
from support.portfolio import TO_DESIGN, live, moved
from support.services import Running
from support.standstill import standstill

MAIL = {"key": "mail", "name": "Mail"}
AGREED = {
    "business_unit": "it",
    "customers": ["sales", "hr", "sales"],
    "business_value": "People can write to one another.",
    "risks": "One data centre.",
    "criticality": "high",
    "yearly_cost": 120_000.0,
    "yearly_price": 150_000.5,
    "currency": "EUR",
    "sla_policy": "gold",
    "availability_calendar": "office",
    "availability_target": 99.5,
}

WAITING = """SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks JOIN pg_database d ON d.oid = database WHERE d.datname = current_database())"""
NEEDED = """
INSERT INTO dependency
SELECT gen_random_uuid(), 'acme', 1, '{}', s.id, 'service', s.key, m.id, 'service', m.key, now()
FROM service s, service m WHERE s.key = 'shop' AND m.key = 'mail'
"""


async def test_what_is_agreed_about_a_service_is_edited_and_read(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/calendars", **OFFICE)
    made = await manager.creates("/v1/services", **MAIL)
    answer = await manager.call("PATCH", "/v1/services/mail", AGREED, If_Match='"1"')
    assert answer.status_code == 200, answer.text
    assert answer.json() == made | AGREED | {"customers": ["hr", "sales"], "version": 2}
    assert (await manager.call("GET", f"/v1/services/{made['id']}")).text == answer.text
    assert (await manager.get("/v1/services?criticality=high&sla_policy=gold"))["items"] == [answer.json()]
    at_once = await manager.creates("/v1/services", key="post", name="Post", **AGREED)
    assert at_once["availability_target"] == 99.5


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"criticality": "huge"}, "/criticality"),
        ({"yearly_cost": -1}, "/yearly_cost"),
        ({"yearly_cost": "12"}, "/yearly_cost"),
        ({"currency": "euro"}, "/currency"),
        ({"availability_target": 0}, "/availability_target"),
        ({"availability_target": 100.1}, "/availability_target"),
        ({"availability_calendar": "nowhere"}, "/availability_calendar"),
        ({"customers": None}, "/customers"),
        ({"customers": ["a b"]}, "/customers/0"),
        ({"name": None}, "/name"),
        ({"status": "live"}, "/status"),
        ({"live_at": "2026-01-01T00:00:00Z"}, "/live_at"),
        ({"version": 9}, "/version"),
    ],
)
async def test_what_cannot_be_agreed_is_refused(
    catalog: Running, wrong: dict[str, Any], pointer: str
) -> None:
    manager = catalog.caller("manager")
    made = await manager.creates("/v1/services", **MAIL)
    answer = await manager.call("PATCH", "/v1/services/mail", wrong, If_Match="*")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert await manager.get("/v1/services/mail") == made


async def test_a_service_is_not_live_before_it_may_and_says_all_it_lacks(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **MAIL)
    await moved(manager, "mail", *TO_DESIGN)
    await manager.call("PATCH", "/v1/services/mail", {"owner": None}, If_Match="*")
    refused = await manager.call("POST", "/v1/services/mail/transitions", {"to": "live"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")
    lacking = [(error["pointer"], error["code"]) for error in refused.json()["errors"]]
    assert lacking == [("/owner", "missing"), ("/sla_policy", "missing"), ("/offerings", "missing")]
    states = (await manager.get("/v1/services/mail/transitions"))["items"]
    told = {state["to"]: state for state in states}
    assert [name for name, state in told.items() if state["allowed"]] == ["cancelled"]
    assert told["live"]["errors"] == refused.json()["errors"]
    assert told["retired"]["why"] == "A service that is in_design can become cancelled or live, not retired."
    shown = await live(manager, "post")
    assert (shown["status"], shown["version"]) == ("live", 5)
    assert shown["live_at"] is not None


async def test_a_policy_that_is_unknown_or_retired_carries_no_live_service(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager)
    unknown = await manager.call("PATCH", "/v1/services/mail", {"sla_policy": "silver"}, If_Match="*")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (409, "unknown_sla_policy")
    for field in ("owner", "sla_policy"):
        taken = await manager.call("PATCH", "/v1/services/mail", {field: None}, If_Match="*")
        assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (409, f"/{field}")
    path = "/v1/sla-policies/gold/retire"
    needed = await manager.call("POST", path, {}, If_Match="*")
    assert (needed.status_code, needed.json()["code"]) == (409, "in_use")
    [error] = needed.json()["errors"]
    assert (error["pointer"], error["message"]) == ("/services", "1 x live service under it: mail.")
    await manager.creates("/v1/sla-policies", **GOLD | {"key": "bronze"})
    await manager.call("PATCH", "/v1/services/mail", {"sla_policy": "bronze"}, If_Match="*")
    assert (await manager.call("POST", path, {}, If_Match="*")).status_code == 200
    await manager.creates("/v1/services", key="fax", name="Fax", sla_policy="gold")
    await moved(manager, "fax", *TO_DESIGN)
    refused = await manager.call("POST", "/v1/services/fax/transitions", {"to": "live"}, If_Match="*")
    assert [error["code"] for error in refused.json()["errors"]] == ["retired_sla_policy", "missing"]


async def test_a_service_that_is_needed_is_not_retired(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager)
    await live(manager, "shop")
    ends = {
        name: {"kind": "service", "key": key} for name, key in (("dependent", "shop"), ("dependency", "mail"))
    }
    await manager.creates("/v1/dependencies", **ends)
    await moved(manager, "mail", "retiring")
    path = "/v1/services/mail/transitions"
    refused = await manager.call("POST", path, {"to": "retired"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    found = {error["pointer"]: error["message"] for error in refused.json()["errors"]}
    assert found == {
        "/offerings": "1 x offering that is not retired: mail-box.",
        "/dependents": "1 x live service that depends on it: shop.",
    }
    await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    await moved(manager, "shop", "retiring")
    still = await manager.call("POST", path, {"to": "retired"}, If_Match="*")
    assert [error["code"] for error in still.json()["errors"]] == ["dependent_services"], "it is in use yet"
    await manager.call("POST", "/v1/offerings/shop-box/retire", {}, If_Match="*")
    await moved(manager, "shop", "retired")
    assert (await moved(manager, "mail", "retired"))["retired_at"] is not None


async def test_nothing_comes_to_depend_on_a_service_while_it_retires(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager, "shop")
    await live(manager)
    await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    await moved(manager, "mail", "retiring")
    path, step = "/v1/services/mail/transitions", {"to": "retired"}
    async with catalog.db.transaction() as conn:
        await conn.execute(ALONE, "acme")
        retiring = asyncio.create_task(manager.call("POST", path, step, If_Match="*"))

        async def waits() -> bool:
            return retiring.done() or await conn.fetchval(WAITING) > 0

        await until(waits)
        await conn.execute(NEEDED)
    refused = await retiring
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")


async def test_a_policy_is_not_retired_while_somebody_agrees_on_it(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager)
    await manager.creates("/v1/sla-policies", **GOLD | {"key": "bronze"})
    await manager.creates("/v1/sla-policies", **GOLD | {"key": "iron"})
    await manager.creates("/v1/services", key="fax", name="Fax", sla_policy="iron")
    await moved(manager, "fax", *TO_DESIGN)
    form = {"type": "object"}
    await manager.creates("/v1/offerings", key="fax-box", name="A box", service="fax", form=form)
    async with standstill(catalog.db, "LOCK TABLE event IN EXCLUSIVE MODE") as still:
        agreeing = [
            asyncio.create_task(call)
            for call in (
                manager.call("PATCH", "/v1/services/mail", {"sla_policy": "bronze"}, If_Match="*"),
                manager.call("POST", "/v1/services/fax/transitions", {"to": "live"}, If_Match="*"),
            )
        ]
        await still.waited_for(agreeing)
        retiring = [
            asyncio.create_task(manager.call("POST", f"/v1/sla-policies/{key}/retire", {}, If_Match="*"))
            for key in ("bronze", "iron")
        ]
        await still.waited_for([*agreeing, *retiring])
    assert [answer.status_code for answer in await asyncio.gather(*agreeing)] == [200, 200]
    assert [answer.status_code for answer in await asyncio.gather(*retiring)] == [409, 409]


async def test_a_policy_that_is_being_retired_is_not_agreed_on(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager)
    await manager.creates("/v1/sla-policies", **GOLD | {"key": "bronze"})
    async with standstill(catalog.db, "LOCK TABLE event IN EXCLUSIVE MODE") as still:
        calls = [
            asyncio.create_task(manager.call("POST", "/v1/sla-policies/bronze/retire", {}, If_Match="*"))
        ]
        await still.waited_for(calls)
        edit = manager.call("PATCH", "/v1/services/mail", {"sla_policy": "bronze"}, If_Match="*")
        calls.append(asyncio.create_task(edit))
        await still.waited_for(calls)
    retired, agreed = await asyncio.gather(*calls)
    assert retired.status_code == 200
    assert (agreed.status_code, agreed.json()["errors"][0]["code"]) == (409, "retired_sla_policy")


async def test_a_service_is_not_live_on_what_is_retired(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await live(admin, "shop")
    await live(admin)
    await admin.creates("/v1/configuration-item-types", **ANY)
    await admin.creates("/v1/configuration-items", **item("db"))
    await admin.creates("/v1/services", key="fax", name="Fax", sla_policy="gold")
    await admin.creates("/v1/offerings", key="fax-box", name="A box", service="fax", form={"type": "object"})
    for needed in ("service:mail", "db"):
        await needs(admin, "service:fax", needed)
    await admin.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    await moved(admin, "mail", "retiring", "retired")
    await moved(admin, "fax", *TO_DESIGN)
    path = "/v1/configuration-items/db/transitions"
    assert (await admin.call("POST", path, {"to": "retired"}, If_Match="*")).status_code == 200
    refused = await admin.call("POST", "/v1/services/fax/transitions", {"to": "live"}, If_Match="*")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")
    [error] = refused.json()["errors"]
    assert error["message"] == "2 x retired service or item that it depends on: db, mail."
    told = {state["to"]: state for state in (await admin.get("/v1/services/fax/transitions"))["items"]}
    assert told["live"]["errors"] == [error]
    for edge in (await admin.get("/v1/dependencies?dependent_key=fax"))["items"]:
        await admin.call("DELETE", f"/v1/dependencies/{edge['id']}", If_Match="*")
    assert (await moved(admin, "fax", "live"))["status"] == "live"


async def test_nothing_that_a_service_needs_is_retired_while_it_goes_live(catalog: Running) -> None:
    admin = catalog.caller("admin")
    await live(admin, "shop")
    await admin.creates("/v1/configuration-item-types", **ANY)
    await admin.creates("/v1/configuration-items", **item("db"))
    await admin.creates("/v1/services", key="fax", name="Fax", sla_policy="gold")
    await admin.creates("/v1/offerings", key="fax-box", name="A box", service="fax", form={"type": "object"})
    await needs(admin, "service:fax", "db")
    await moved(admin, "fax", *TO_DESIGN)
    async with standstill(catalog.db, ALONE, "acme") as still:
        launching = admin.call("POST", "/v1/services/fax/transitions", {"to": "live"}, If_Match="*")
        retiring = admin.call(
            "POST", "/v1/configuration-items/db/transitions", {"to": "retired"}, If_Match="*"
        )
        calls = [asyncio.create_task(launching), asyncio.create_task(retiring)]
        await still.waited_for(calls)
    assert sorted(answer.status_code for answer in await asyncio.gather(*calls)) == [200, 409]


async def test_open_requests_stand_in_the_way_of_retirement(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager)
    ben = catalog.caller("requester", "ben")
    orders = [await ben.creates("/v1/service-requests", offering="mail-box", answers={}) for _ in range(6)]
    await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    await moved(manager, "mail", "retiring")
    refused = await manager.call("POST", "/v1/services/mail/transitions", {"to": "retired"}, If_Match="*")
    [error] = refused.json()["errors"]
    named = ", ".join(order["number"] for order in orders[:5])
    assert (refused.status_code, error["pointer"], error["code"]) == (409, "/requests", "open_requests")
    assert error["message"] == f"6 x open request: {named} and 1 more."
    for order in orders:
        path = f"/v1/service-requests/{order['id']}/transitions"
        assert (await ben.call("POST", path, {"to": "cancelled"}, If_Match="*")).status_code == 200
    assert (await moved(manager, "mail", "retired"))["status"] == "retired"


async def test_what_has_come_to_its_end_changes_no_more(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **MAIL)
    await moved(manager, "mail", "cancelled")
    edit = await manager.call("PATCH", "/v1/services/mail", {"name": "X"}, If_Match="*")
    assert (edit.status_code, edit.json()["code"]) == (409, "record_ended")
    again = await manager.call("POST", "/v1/services/mail/transitions", {"to": "proposed"}, If_Match="*")
    assert again.status_code == 422
    again = await manager.call("POST", "/v1/services/mail/transitions", {"to": "chartered"}, If_Match="*")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


async def test_of_many_who_move_a_service_at_once_one_does(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **MAIL)
    path, step = "/v1/services/mail/transitions", {"to": "under_evaluation"}
    assert (await manager.call("POST", path, step)).status_code == 428
    answers = await asyncio.gather(*(manager.call("POST", path, step, If_Match='"1"') for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    first, again = [
        await manager.call("POST", path, {"to": "chartered"}, If_Match='"2"', Idempotency_Key="k")
        for _ in range(2)
    ]
    assert (again.status_code, again.text) == (200, first.text)


@pytest.mark.parametrize(
    ("role", "status"),
    [("requester", 403), ("agent", 403), ("service", 403), ("change_manager", 200), ("admin", 200)],
)
async def test_managers_decide_which_services_there_are(catalog: Running, role: str, status: int) -> None:
    await catalog.caller("admin").creates("/v1/services", **MAIL)
    caller = catalog.caller(role, "carl")
    edit = await caller.call("PATCH", "/v1/services/mail", {"risks": "None."}, If_Match="*")
    step = {"to": "under_evaluation"}
    move = await caller.call("POST", "/v1/services/mail/transitions", step, If_Match="*")
    assert (edit.status_code, move.status_code) == (status, status)
    assert (await caller.get("/v1/services/mail/transitions"))["items"]
    other = catalog.caller("admin", tenant="globex")
    for method, path, body in (
        ("PATCH", "/v1/services/mail", {"name": "X"}),
        ("POST", "/v1/services/mail/transitions", {"to": "cancelled"}),
        ("GET", "/v1/services/mail/transitions", None),
        ("GET", "/v1/services/mail/timeline", None),
        ("GET", "/v1/services/mail/demand", None),
    ):
        assert (await other.call(method, path, body, If_Match="*")).status_code == 404


async def test_the_timeline_tells_every_step_and_why(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await manager.creates("/v1/services", **MAIL, risks="One data centre.")
    step = {"to": "under_evaluation", "comment": "The old one is at its end."}
    await manager.call("POST", "/v1/services/mail/transitions", step, If_Match="*")
    await manager.call("PATCH", "/v1/services/mail", {"risks": "None."}, If_Match="*")
    items = (await manager.get("/v1/services/mail/timeline"))["items"]
    assert [item["type"].split(".")[2] for item in items] == ["proposed", "evaluation_started", "updated"]
    assert [item["data"].get("comment") for item in items] == [None, "The old one is at its end.", None]
    assert [item["data"]["risks"] for item in items] == ["One data centre.", "One data centre.", "None."]
    first = await manager.get("/v1/services/mail/timeline?limit=2")
    rest = await manager.get(f"/v1/services/mail/timeline?limit=2&cursor={first['next']}")
    assert [*first["items"], *rest["items"]] == items
    assert (
        await catalog.caller("requester", "r").call("GET", "/v1/services/mail/timeline")
    ).status_code == 403


async def test_each_step_is_an_event_and_prose_stays_here(catalog: Running, amqp_url: str) -> None:
    manager = catalog.caller("manager")
    await live(manager, business_value="A secret plan", availability_target=99.9, customers=["hr"])
    await manager.call("PATCH", "/v1/services/mail", {"yearly_cost": 12.5}, If_Match="*")
    await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    await moved(manager, "mail", "retiring", "retired")
    await manager.creates("/v1/services", key="fax", name="Fax")
    await moved(manager, "fax", "cancelled")
    async with channel(amqp_url) as on:
        queue = await listen(on)
        said_in_all = await catalog.db.fetchval("SELECT count(*) FROM outbox")
        await catalog.say_all(amqp_url)
        messages = [each for each in await heard(queue, said_in_all) if ".service." in each.routing_key]
    envelopes = [Envelope.model_validate_json(message.body) for message in messages]
    assert [e.type.split(".")[2] for e in envelopes] == [
        "proposed",
        "evaluation_started",
        "chartered",
        "design_started",
        "launched",
        "updated",
        "retirement_started",
        "retired",
        "proposed",
        "cancelled",
    ]
    assert [e.sequence for e in envelopes] == [*range(1, 9), 1, 2]
    said = ServiceLaunched.model_validate(envelopes[4].data)
    assert (said.owner, said.sla_policy, said.customers) == (opaque("acme", "anna"), "gold", ["hr"])
    assert (said.availability_target, said.status) == (99.9, "live")
    assert said.live_at is not None
    assert not any(b"secret plan" in message.body for message in messages)

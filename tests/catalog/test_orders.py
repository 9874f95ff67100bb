"""Ordering: a cart under one number, all of it or nothing, by a form that is still valid, by who may."""

import asyncio
from typing import Any

import pytest
from itsm_chassis.store.database import Database
from support.services import Running
from support.shop import BY_TWO_OF_THREE, TASKS, Shop, code, pointers

ITEM = {"offering": "laptop", "answers": {"model": "13 inch"}}
COUNTS = "SELECT (SELECT count(*) FROM service_order), (SELECT count(*) FROM service_request)"
OLDER = "UPDATE event SET recorded_at = recorded_at - interval '25 hours' WHERE type LIKE 'itsm.offering.%'"


async def stored(db: Database) -> tuple[int, int]:
    row = await db.fetchrow(COUNTS)
    assert row is not None
    return row[0], row[1]


async def test_a_cart_is_one_order_and_each_item_a_request_of_its_own(shop: Shop) -> None:
    await shop.offers()
    await shop.offers(key="mouse", form={"type": "object"}, price=None, currency=None)
    items = [
        ITEM | {"quantity": 3},
        {"offering": "mouse", "requested_for": "carl"},
        ITEM | {"answers": {"model": "15 inch"}},
    ]
    answer = await shop.rita.call("POST", "/v1/orders", {"items": items, "comment": "For the new office."})
    order = answer.json()
    assert answer.headers["location"] == f"/v1/orders/{order['id']}"
    assert (order["number"], order["requester"], order["version"]) == ("ORD-000001", "rita", 1)
    assert [(line["offering"], line["price"], line["requested_for"]) for line in order["items"]] == [
        ("laptop", 3899.7, "rita"),
        ("mouse", None, "carl"),
        ("laptop", 1299.9, "rita"),
    ]
    for reference in (order["number"], order["id"], order["number"].lower()):
        assert await shop.rita.get(f"/v1/orders/{reference}") == order
    page = await shop.rita.get(f"/v1/service-requests?order={order['number']}&sort=number")
    assert [each["number"] for each in page["items"]] == [line["number"] for line in order["items"]]
    assert {each["status"] for each in page["items"]} == {"submitted"}
    comments = await shop.rita.get(f"/v1/service-requests/{order['items'][1]['number']}/comments")
    assert [each["body"] for each in comments["items"]] == ["For the new office."]
    assert (await shop.who("carl").get("/v1/orders"))["items"] == [order]


async def test_one_bad_item_and_nothing_of_the_cart_is_stored(shop: Shop, catalog: Running) -> None:
    await shop.offers()
    items: list[dict[str, Any]] = [
        ITEM,
        {"offering": "ladder"},
        ITEM | {"answers": {"memory_gb": 4}},
        ITEM | {"version": 2},
    ]
    answer = await shop.rita.call("POST", "/v1/orders", {"items": items})
    assert pointers(answer) == {
        ("/items/1/offering", "unknown_offering"),
        ("/items/2/answers/model", "required"),
        ("/items/2/answers/memory_gb", "minimum"),
        ("/items/3/version", "unknown_version"),
    }
    assert await stored(catalog.db) == (0, 0)
    single = await shop.rita.call("POST", "/v1/service-requests", {"offering": "laptop", "answers": {}})
    assert pointers(single) == {("/answers/model", "required")}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"items": []}, "/items"),
        ({"items": [ITEM] * 21}, "/items"),
        ({"items": [ITEM | {"quantity": 0}]}, "/items/0/quantity"),
        ({"items": [ITEM | {"version": 0}]}, "/items/0/version"),
        ({"items": [ITEM | {"version": None}]}, "/items/0/version"),
        ({"items": [ITEM | {"status": "approved"}]}, "/items/0/status"),
        ({"items": [ITEM | {"price": 1}]}, "/items/0/price"),
        ({"items": [ITEM], "requester": "boss"}, "/requester"),
        ({"items": [ITEM | {"answers": []}]}, "/items/0/answers"),
        ({"items": [ITEM | {"requested_for": " "}]}, "/items/0/requested_for"),
    ],
)
async def test_a_body_that_makes_no_sense_is_told_where(
    shop: Shop, body: dict[str, Any], pointer: str
) -> None:
    assert pointer in {each for each, _ in pointers(await shop.rita.call("POST", "/v1/orders", body))}


async def test_a_form_is_good_for_a_day_after_the_next_version_and_keeps_its_price(
    shop: Shop, catalog: Running
) -> None:
    await shop.offers()
    newer = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
    await shop.again(1, form=newer, price=2000)
    old = await shop.orders(version=1)
    assert (old["offering_version"], old["price"]) == (1, 1299.9)
    latest = await shop.orders(answers={"size": 15})
    assert (latest["offering_version"], latest["price"]) == (2, 2000)
    await catalog.db.execute(OLDER)
    answer = await shop.rita.call("POST", "/v1/service-requests", ITEM | {"version": 1})
    assert pointers(answer) == {("/version", "version_replaced")}
    assert (await shop.orders(version=2, answers={"size": 15}))["offering_version"] == 2


async def test_what_is_retired_or_not_live_cannot_be_ordered(shop: Shop, catalog: Running) -> None:
    await shop.offers()
    await shop.manager.creates("/v1/services", key="vault", name="Vault")
    await shop.offers(key="safe", service="vault")
    answer = await shop.rita.call("POST", "/v1/orders", {"items": [ITEM | {"offering": "safe"}]})
    assert pointers(answer) == {("/items/0/offering", "service_not_live")}
    await catalog.db.execute("UPDATE service SET status = 'retiring' WHERE key = 'workplace'")
    await shop.orders()
    retired = await shop.manager.call("POST", "/v1/offerings/laptop/retire", {}, If_Match='"1"')
    assert retired.status_code == 200
    for version in (None, 1):
        item = ITEM if version is None else ITEM | {"version": version}
        answer = await shop.rita.call("POST", "/v1/service-requests", item)
        assert pointers(answer) == {("/offering", "offering_retired")}


async def test_who_may_order_is_decided_by_role_and_by_the_unit_of_whom_it_is_for(shop: Shop) -> None:
    await shop.manager.creates("/v1/business-units", key="acme", name="Acme")
    await shop.manager.creates("/v1/business-units", key="sales", name="Sales", parent="acme")
    await shop.manager.creates("/v1/business-units", key="nordic", name="Nordic", parent="sales")
    for key, unit in (("sven", "nordic"), ("otto", "acme")):
        await shop.manager.creates("/v1/people", key=key, name=key.title(), business_unit=unit)
    await shop.offers(business_units=["sales"])
    await shop.offers(key="server", roles=["agent"])
    mine = await shop.orders(shop.who("sven"))
    assert mine["business_unit"] == "nordic"
    assert (await shop.orders(shop.who("otto"), requested_for="sven"))["business_unit"] == "nordic"
    for name in ("otto", "rita"):
        answer = await shop.who(name).call("POST", "/v1/orders", {"items": [ITEM]})
        assert pointers(answer, 403) == {("/items/0/offering", "not_entitled")}
        assert "sales" in answer.json()["detail"]
    server = ITEM | {"offering": "server"}
    assert code(await shop.rita.call("POST", "/v1/service-requests", server), 403) == "not_entitled"
    for role in ("agent", "admin"):
        await shop.orders(shop.who("dan", role), offering="server")


async def test_an_order_repeated_under_its_key_is_one_order(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[BY_TWO_OF_THREE])
    body = {"items": [ITEM, ITEM], "comment": "Twice, please."}

    async def send(key: str = "k1", sent: Any = None) -> Any:
        return await shop.rita.call("POST", "/v1/orders", sent or body, Idempotency_Key=key)

    twins = await asyncio.gather(*(send() for _ in range(12)))
    assert {answer.status_code for answer in twins} == {201}
    assert len({answer.text for answer in twins}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in twins) == 11
    assert await stored(catalog.db) == (1, 2)
    assert await catalog.db.fetchval("SELECT count(*) FROM approval") == 2
    assert code(await send(sent={"items": [ITEM]}), 422) == "key_reused"


async def test_a_single_item_costs_few_statements_and_one_commit(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[BY_TWO_OF_THREE])
    await shop.offers(key="phone", tasks=TASKS)
    await shop.offers(key="mouse")
    for offering, reads, writes in (("mouse", 3, 2), ("laptop", 4, 3), ("phone", 3, 5)):
        await shop.orders(offering=offering)
        catalog.statements.clear()
        await shop.orders(offering=offering)
        sent = [each for each in catalog.statements if each not in ("BEGIN;", "COMMIT;")]
        assert len([each for each in sent if "INSERT" in each]) == writes, offering
        assert len(sent) == reads + writes, offering
        assert catalog.statements.count("COMMIT;") == 1


async def test_an_approval_without_voters_refuses_the_order(shop: Shop, catalog: Running) -> None:
    alone = [{"group": "bosses", "rule": "any"}]
    await shop.offers(approval=[BY_TWO_OF_THREE, *alone])
    boss = shop.who("boss")
    answer = await boss.call("POST", "/v1/orders", {"items": [ITEM]})
    assert code(answer, 409) == "no_voter"
    assert "bosses" in answer.json()["detail"]
    assert await stored(catalog.db) == (0, 0)
    await shop.orders()


async def test_tenants_order_apart(shop: Shop) -> None:
    await shop.offers()
    request = await shop.orders()
    order = (await shop.rita.get("/v1/orders"))["items"][0]
    await shop.opened("globex")
    stranger = shop.who("rita", "admin", "globex")
    for path in (f"/v1/orders/{order['id']}", f"/v1/service-requests/{request['id']}"):
        assert (await stranger.call("GET", path)).status_code == 404
    assert (await stranger.get("/v1/orders"))["items"] == []
    answer = await stranger.call("POST", "/v1/orders", {"items": [ITEM]})
    assert pointers(answer) == {("/items/0/offering", "unknown_offering")}

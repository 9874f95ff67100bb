"""Service requests over HTTP: moves, holds, comments, what a requester sees, lists."""

import asyncio
from typing import Any

import pytest
from itsm_catalog.commands.requests.closing import close_due
from itsm_chassis.clock import now
from support.broker import channel, listen
from support.services import Running
from support.shop import BY_TWO_OF_THREE, TASKS, Shop, code, pointers


async def test_the_next_states_are_told_to_each_as_far_as_they_may(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    path = f"/v1/service-requests/{request['id']}/transitions"

    async def allowed(who: Any) -> dict[str, list[str]]:
        items = (await who.get(path))["items"]
        assert all(item["why"] for item in items if not item["allowed"])
        return {item["to"]: item["requires"] for item in items if item["allowed"]}

    assert await allowed(shop.dan) == {
        "on_hold": ["reason"],
        "fulfilled": ["fulfilment_note"],
        "cancelled": [],
    }
    assert await allowed(shop.rita) == {"cancelled": []}
    assert code(await shop.moves(request, "on_hold", shop.rita, reason="vendor"), 403)


async def test_a_move_needs_the_version_that_was_read(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    path = f"/v1/service-requests/{request['id']}"
    body = {"to": "on_hold", "reason": "vendor"}
    assert code(await shop.dan.call("POST", f"{path}/transitions", body), 428)
    assert code(await shop.dan.call("POST", f"{path}/transitions", body, If_Match='"1"'), 412) == "stale"
    assert code(await shop.dan.call("PATCH", path, {"quantity": 2}), 428)
    moves = await asyncio.gather(
        *(
            shop.dan.call("POST", f"{path}/transitions", body, If_Match=f'"{request["version"]}"')
            for _ in range(20)
        )
    )
    assert sorted(answer.status_code for answer in moves) == [200] + [412] * 19


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"to": "on_hold"}, "/reason"),
        ({"to": "on_hold", "reason": "lunch"}, "/reason"),
        ({"to": "on_hold", "reason": "requester"}, "/comment"),
        ({"to": "on_hold", "reason": "requester", "comment": "Hm.", "visibility": "internal"}, "/comment"),
        ({"to": "fulfilled", "reason": "vendor", "fulfilment_note": "x"}, ""),
        ({"to": "cancelled", "tasks": ["buy"]}, ""),
        ({"to": "thinking"}, "/to"),
        ({"to": "cancelled", "version": 9}, "/version"),
        ({}, "/to"),
    ],
)
async def test_what_a_move_lacks_or_has_too_much_is_told(shop: Shop, body: Any, pointer: str) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    path = f"/v1/service-requests/{request['id']}/transitions"
    answer = await shop.dan.call("POST", path, body, If_Match="*")
    assert pointer in {each for each, _ in pointers(answer)}


async def test_a_hold_stops_the_delivery_clock_and_the_requesters_word_ends_it(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders(shop.who("rita"), requested_for="carl")
    held = await shop.moved(request, "on_hold", reason="requester", comment="Which room?")
    assert (held["due_at"], held["hold_reason"], held["delivery"]["running_since"]) == (
        None,
        "requester",
        None,
    )
    path = f"/v1/service-requests/{request['id']}/comments"
    await shop.dan.creates(path, body="They are slow.", visibility="internal")
    assert (await shop.request(request))["status"] == "on_hold"
    await shop.who("carl").creates(path, body="Room 12.")
    back = await shop.request(request)
    assert (back["status"], back["hold_reason"]) == ("in_fulfilment", None)
    assert back["due_at"] > request["due_at"]
    bodies = [each["body"] for each in (await shop.rita.get(path))["items"]]
    assert bodies == ["Which room?", "Room 12."]
    assert len((await shop.dan.get(path))["items"]) == 3


async def test_internal_words_and_the_desks_notes_stay_with_the_desk(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    path = f"/v1/service-requests/{request['id']}"
    said = await shop.dan.creates(f"{path}/comments", body="Slow customer.", visibility="internal")
    await shop.does(request, "buy", note="Cheapest one.")
    assert (await shop.rita.call("GET", f"{path}/comments/{said['id']}")).status_code == 404
    assert (await shop.dan.get(f"{path}/comments/{said['id']}"))["body"] == "Slow customer."
    body = {"body": "x", "visibility": "internal"}
    assert code(await shop.rita.call("POST", f"{path}/comments", body), 403) == "forbidden_visibility"
    for address in (f"{path}/timeline", "/v1/events"):
        seen = (await shop.rita.call("GET", address)).text
        assert "Slow customer." not in seen
        assert "Cheapest one." not in seen
    assert "Cheapest one." in (await shop.dan.call("GET", f"{path}/timeline")).text


async def test_a_requester_sees_what_they_ordered_what_is_for_them_and_what_they_approve(shop: Shop) -> None:
    await shop.offers(approval=[BY_TWO_OF_THREE])
    mine, for_me = await shop.orders(), await shop.orders(shop.who("carl"), requested_for="rita")
    others = await shop.orders(shop.who("carl"))
    anna = shop.who("anna")
    assert {each["id"] for each in (await shop.rita.get("/v1/service-requests"))["items"]} == {
        mine["id"],
        for_me["id"],
    }
    assert len((await anna.get("/v1/service-requests"))["items"]) == 3
    assert (await shop.who("zoe").get("/v1/service-requests"))["items"] == []
    hidden = f"/v1/service-requests/{others['id']}"
    calls = [("GET", hidden), ("GET", f"{hidden}/timeline"), ("GET", f"{hidden}/comments")]
    calls += [("GET", f"{hidden}/transitions")]
    for method, path in calls:
        assert (await shop.rita.call(method, path)).status_code == 404, path
        assert (await anna.call(method, path)).status_code == 200, path
    for path, body in (
        (f"{hidden}/comments", {"body": "Hello?"}),
        (f"{hidden}/transitions", {"to": "cancelled"}),
    ):
        assert (await shop.rita.call("POST", path, body, If_Match="*")).status_code == 404
    assert (await shop.rita.call("PATCH", hidden, {"quantity": 2}, If_Match="*")).status_code == 404
    assert code(await shop.moves(others, "cancelled", anna), 403) == "forbidden_transition"


async def test_the_feed_tells_a_requester_only_of_their_own(
    shop: Shop, catalog: Running, amqp_url: str
) -> None:
    await shop.offers(approval=[BY_TWO_OF_THREE], tasks=TASKS)
    mine, others = await shop.orders(), await shop.orders(shop.who("carl"))
    async with channel(amqp_url) as on:
        await listen(on)
        await catalog.say_all(amqp_url)
    seen = (await shop.rita.get("/v1/events?limit=200"))["items"]
    subjects = {each["subject"] for each in seen if ".service_request." in each["type"]}
    assert subjects == {mine["id"]}
    records = {each["data"]["record"] for each in seen if ".approval." in each["type"]}
    assert records == {mine["id"]}
    everything = (await shop.dan.get("/v1/events?limit=200"))["items"]
    assert others["id"] in {each["subject"] for each in everything}


async def test_lists_are_filtered_and_sorted_and_go_on_where_some_have_no_due_date(shop: Shop) -> None:
    await shop.offers(delivery_time_s=3600)
    await shop.offers(key="slow", delivery_time_s=7200)
    await shop.offers(key="none", delivery_time_s=None)
    made = [await shop.orders(offering=key) for key in ("none", "slow", "laptop", "none", "laptop")]
    path: str | None = "/v1/service-requests?sort=due_at&limit=2"
    found: list[str] = []
    while path is not None:
        page = await shop.dan.get(path)
        found += [each["number"] for each in page["items"]]
        path = page["next"] and f"/v1/service-requests?sort=due_at&limit=2&cursor={page['next']}"
    assert found == [made[n]["number"] for n in (2, 4, 1, 0, 3)]
    for query, count in (
        ("offering=slow", 1),
        (f"order={made[0]['order']}", 1),
        ("status=submitted&service=workplace", 5),
        ("requester=rita&requested_for=rita", 5),
        ("due_at__lt=2000-01-01T00:00:00Z", 0),
        ("business_unit=sales", 0),
        (f"number={made[1]['number']}", 1),
    ):
        assert len((await shop.dan.get(f"/v1/service-requests?{query}"))["items"]) == count, query
    for query in ("price=1", "sort=answers", "status=", "limit=0", "sort=due_at;drop"):
        answer = await shop.dan.call("GET", f"/v1/service-requests?{query}")
        assert answer.status_code == 422, query


async def test_what_is_fulfilled_closes_by_itself_after_some_days_and_keeps_its_days_to_reopen(
    shop: Shop, catalog: Running
) -> None:
    await shop.offers()
    request = await shop.orders()
    await shop.moved(request, "in_fulfilment")
    done = await shop.moved(request, "fulfilled", fulfilment_note="Here.")
    assert await close_due(catalog.db, 0, now()) == 0
    assert await close_due(catalog.db, 7, now()) == 0
    later = now().replace(year=now().year + 1)
    twice = await asyncio.gather(*(close_due(catalog.db, 7, later) for _ in range(4)))
    assert sum(twice) == 1
    closed = await shop.request(request)
    assert (closed["status"], closed["version"]) == ("closed", done["version"] + 1)
    assert (await shop.timeline(request)).count("service_request.closed") == 1

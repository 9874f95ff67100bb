"""Who orders or publishes while something retires: one of the two is refused, whatever comes first."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import httpx2
from support.imports import sent
from support.portfolio import live, moved
from support.services import Caller, Running
from support.shop import code, pointers
from support.standstill import standstill

NO_ORDER: Final = "LOCK TABLE service_order IN EXCLUSIVE MODE"
NO_OFFERING: Final = "LOCK TABLE offering IN EXCLUSIVE MODE"
NO_EVENT: Final = "LOCK TABLE event IN EXCLUSIVE MODE"
RETIRED: Final = """
WITH alone AS (SELECT id FROM service WHERE key = 'mail' FOR UPDATE)
UPDATE service SET status = 'retired', card = replace(card, '"live"', '"retired"'), version = version + 1
FROM alone WHERE service.id = alone.id
"""
CART: Final = {"items": [{"offering": "mail-box", "answers": {}}] * 20}
SECOND: Final = {"key": "mail-bag", "name": "A bag", "service": "mail", "form": {"type": "object"}}
LINE: Final[dict[str, Any]] = {
    "external_id": "R-1",
    "offering": "mail-box",
    "requester": "rita",
    "submitted_at": "2012-05-01T08:00:00Z",
    "history": [{"at": "2012-05-02T08:00:00Z", "to": "in_fulfilment"}],
}


def begin(*calls: Coroutine[Any, Any, Any]) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(call) for call in calls]


async def retire(manager: Caller) -> list[httpx2.Response]:
    """The offering, then the service; what came of each step."""
    path = "/v1/services/mail/transitions"
    return [
        await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*"),
        await manager.call("POST", path, {"to": "retiring"}, If_Match="*"),
        await manager.call("POST", path, {"to": "retired"}, If_Match="*"),
    ]


async def test_what_is_being_ordered_stands_in_the_way_of_retirement(catalog: Running) -> None:
    manager, ben = catalog.caller("manager"), catalog.caller("requester", "ben")
    await live(manager)
    async with standstill(catalog.db, NO_ORDER) as still:
        [ordering] = begin(ben.call("POST", "/v1/orders", CART))
        await still.waited_for([ordering])
        [retiring] = begin(retire(manager))
        await still.waited_for([ordering, retiring])
    assert (await ordering).status_code == 201
    withdrawn, _, retired = await retiring
    assert withdrawn.status_code == 200
    assert code(retired, 409) == "in_use"
    assert [(each["code"], each["message"][:2]) for each in retired.json()["errors"]] == [
        ("open_requests", "20")
    ]


async def test_an_offering_is_retired_after_its_last_order(catalog: Running) -> None:
    manager, ben = catalog.caller("manager"), catalog.caller("requester", "ben")
    await live(manager)
    async with standstill(catalog.db, NO_EVENT) as still:
        retiring = begin(manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match='"1"'))
        await still.waited_for(retiring)
        later = begin(ben.call("POST", "/v1/orders", CART))
        await still.waited_for([*retiring, *later])
    [withdrawn], [order] = await asyncio.gather(*retiring), await asyncio.gather(*later)
    assert withdrawn.status_code == 200
    assert {each for _, each in pointers(order)} == {"offering_retired"}


async def test_an_order_that_came_later_but_was_stored_first_dates_the_retirement(catalog: Running) -> None:
    manager, ben = catalog.caller("manager"), catalog.caller("requester", "ben")
    await live(manager)
    async with standstill(catalog.db, "SELECT 1 FROM offering WHERE key = 'mail-box' FOR KEY SHARE") as still:
        [retiring] = begin(manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match='"1"'))
        await still.waited_for([retiring])
        order = await ben.creates("/v1/service-requests", offering="mail-box", answers={})
    withdrawn = await retiring
    assert withdrawn.status_code == 200
    assert withdrawn.json()["issued_at"] >= order["submitted_at"]


async def test_a_new_offering_stands_in_the_way_of_retirement(catalog: Running) -> None:
    manager = catalog.caller("manager")
    await live(manager)
    await manager.call("POST", "/v1/offerings/mail-box/retire", {}, If_Match="*")
    path = "/v1/services/mail/transitions"
    async with standstill(catalog.db, NO_OFFERING) as still:
        [publishing] = begin(manager.call("POST", "/v1/offerings", SECOND))
        await still.waited_for([publishing])
        await moved(manager, "mail", "retiring")
        [retiring] = begin(manager.call("POST", path, {"to": "retired"}, If_Match="*"))
        await still.waited_for([publishing, retiring])
    assert (await publishing).status_code == 201
    assert code(await retiring, 409) == "in_use"


async def test_who_comes_while_it_retires_is_refused(catalog: Running) -> None:
    manager, ben = catalog.caller("manager"), catalog.caller("requester", "ben")
    await live(manager)
    async with standstill(catalog.db, RETIRED) as still:
        late = begin(
            manager.call("POST", "/v1/offerings", SECOND),
            manager.call(
                "POST", "/v1/offerings", SECOND | {"key": "mail-box", "name": "Again"}, If_Match='"1"'
            ),
            ben.call("POST", "/v1/orders", CART),
            ben.call("POST", "/v1/service-requests", {"offering": "mail-box", "answers": {}}),
        )
        await still.waited_for(late)
    answers = await asyncio.gather(*late)
    assert {next(iter(pointers(answer)))[1] for answer in answers} == {"service_ended", "service_not_live"}


async def test_an_imported_open_request_stands_in_the_way_or_is_counted(catalog: Running) -> None:
    manager, mover = catalog.caller("manager"), catalog.caller("service", "mover")
    await live(manager)
    async with standstill(catalog.db, NO_ORDER) as still:
        [importing] = begin(sent(mover, "/v1/service-requests:import", [LINE]))
        await still.waited_for([importing])
        [retiring] = begin(retire(manager))
        await still.waited_for([importing, retiring])
    [first] = await importing
    assert (first["status"], first.get("remarks")) == ("created", None)
    assert code((await retiring)[-1], 409) == "in_use"
    async with standstill(catalog.db, RETIRED.replace('"live"', '"retiring"')) as still:
        [late] = begin(sent(mover, "/v1/service-requests:import", [LINE | {"external_id": "R-2"}]))
        await still.waited_for([late])
    [second] = await late
    assert (second["status"], second["remarks"]) == ("created", ["service_ended"])


async def test_orders_of_the_same_offering_do_not_wait_for_one_another(catalog: Running) -> None:
    manager, ben = catalog.caller("manager"), catalog.caller("requester", "ben")
    await live(manager)
    held = "SELECT 1 FROM offering o, service s WHERE o.service = s.key FOR KEY SHARE"
    async with standstill(catalog.db, held):
        answers = await asyncio.gather(*(ben.call("POST", "/v1/orders", CART) for _ in range(8)))
        renamed = await manager.call("PATCH", "/v1/services/mail", {"name": "Post"}, If_Match="*")
    assert {answer.status_code for answer in answers} == {201}
    assert renamed.status_code == 200

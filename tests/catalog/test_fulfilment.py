"""Fulfilment: tasks by groups, the last one fulfils, and what a reopening or an end does to them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from support.services import Running
from support.shop import TASKS, Shop, code, pointers

PARALLEL = [{"key": f"t{n}", "name": f"Part {n}", "assignment_group": "desk"} for n in range(5)]
FULFILLED = "SELECT count(*) FROM event WHERE type = 'itsm.service_request.fulfilled.v1'"


def statuses(tasks: dict[str, Any]) -> dict[str, str]:
    return {key: task["status"] for key, task in tasks.items()}


async def test_parallel_tasks_done_at_once_fulfil_the_request_once(shop: Shop, catalog: Running) -> None:
    await shop.offers(tasks=PARALLEL)
    for number in range(1, 6):
        request = await shop.orders()
        tasks = await shop.tasks(request)
        answers = await asyncio.gather(
            *(
                shop.dan.call("POST", f"/v1/fulfilment-tasks/{task['id']}/complete", {})
                for task in tasks.values()
            )
        )
        assert {answer.status_code for answer in answers} == {200}
        assert (await shop.request(request))["status"] == "fulfilled"
        assert await catalog.db.fetchval(FULFILLED) == number


async def test_a_task_done_twice_at_once_is_done_once_and_opens_the_next_once(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    await shop.does(request, "buy")
    path = f"/v1/fulfilment-tasks/{(await shop.tasks(request))['image']['id']}/complete"
    answers = await asyncio.gather(*(shop.dan.call("POST", path, {"note": "Ready."}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    tasks = await shop.tasks(request)
    assert statuses(tasks) == {"buy": "done", "image": "done", "hand": "open"}
    assert (tasks["image"]["assignee"], tasks["image"]["note"]) == ("dan", "Ready.")
    assert (tasks["hand"]["version"], tasks["hand"]["opened_at"] is not None) == (2, True)


async def test_the_groups_of_the_caller_find_their_tasks(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    bob = shop.who("bob", "agent")
    assert [t["key"] for t in (await bob.get("/v1/fulfilment-tasks?mine=true"))["items"]] == ["buy"]
    mine = await shop.dan.get("/v1/fulfilment-tasks?mine=true&status__in=open,in_progress")
    assert [t["key"] for t in mine["items"]] == ["image"]
    task = (await shop.tasks(request))["buy"]
    assert await bob.get(f"/v1/fulfilment-tasks/{task['id']}") == task
    path = f"/v1/fulfilment-tasks/{task['id']}/assign"
    moved = await bob.call("POST", path, {"assignment_group": "desk", "assignee": None})
    assert (moved.json()["assignment_group"], moved.json()["status"]) == ("desk", "open")
    assert (await bob.get("/v1/fulfilment-tasks?mine=true"))["items"] == []
    given = await shop.dan.call("POST", path, {"assignee": "bob"})
    assert (await bob.get("/v1/fulfilment-tasks?mine=true"))["items"] == [given.json()], (
        "he need not be in it"
    )
    assert pointers(await bob.call("POST", path, {})) != set()
    assert pointers(await bob.call("POST", path, {"assignment_group": None})) != set()


@pytest.mark.parametrize(
    ("role", "tenant", "read", "work"),
    [("requester", "acme", 403, 403), ("manager", "acme", 200, 403), ("agent", "globex", 404, 404)],
)
async def test_tasks_are_the_desks(shop: Shop, role: str, tenant: str, read: int, work: int) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    who = shop.who("x", role, tenant)
    path = f"/v1/fulfilment-tasks/{(await shop.tasks(request))['buy']['id']}"
    assert (await who.call("GET", path)).status_code == read
    assert (await who.call("POST", f"{path}/complete", {})).status_code == work
    assert (await who.call("POST", f"{path}/assign", {"assignee": "x"})).status_code == work


async def test_the_desk_may_fulfil_by_itself_which_cancels_what_is_left(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    await shop.does(request, "buy")
    assert pointers(await shop.moves(request, "fulfilled")) == {("/fulfilment_note", "missing")}
    done = await shop.moved(request, "fulfilled", fulfilment_note="Had one in stock.")
    assert done["fulfilment_note"] == "Had one in stock."
    assert statuses(await shop.tasks(request)) == {"buy": "done", "image": "cancelled", "hand": "cancelled"}


async def test_a_reopening_brings_back_the_last_tasks_or_those_that_the_desk_names(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    for key in ("buy", "image", "hand"):
        await shop.does(request, key)
    assert code(await shop.moves(request, "in_fulfilment", shop.rita, tasks=["buy"]), 403)
    again = await shop.moved(request, "in_fulfilment", shop.rita, comment="The lid is broken.")
    assert (again["reopen_count"], again["status"]) == (1, "in_fulfilment")
    assert statuses(await shop.tasks(request)) == {"buy": "done", "image": "done", "hand": "in_progress"}
    await shop.does(request, "hand")
    assert (await shop.request(request))["status"] == "fulfilled"
    unknown = await shop.moves(request, "in_fulfilment", tasks=["paint"])
    assert pointers(unknown) == {("/tasks", "unknown_task")}
    await shop.moved(request, "in_fulfilment", tasks=["buy", "hand"])
    assert statuses(await shop.tasks(request)) == {"buy": "in_progress", "image": "done", "hand": "waiting"}
    await shop.does(request, "buy")
    await shop.does(request, "hand")
    after = await shop.request(request)
    assert (after["status"], after["reopen_count"]) == ("fulfilled", 2)
    assert after["first_fulfilled_at"] < after["fulfilled_at"]


async def test_no_task_is_done_while_the_request_is_on_hold_and_none_after_its_end(shop: Shop) -> None:
    await shop.offers(tasks=TASKS)
    request = await shop.orders()
    await shop.moved(request, "on_hold", reason="vendor")
    assert code(await shop.does(request, "buy"), 409) == "request_not_in_fulfilment"
    await shop.moved(request, "in_fulfilment")
    assert (await shop.does(request, "buy")).status_code == 200
    await shop.moved(request, "cancelled", shop.rita)
    assert statuses(await shop.tasks(request)) == {"buy": "done", "image": "cancelled", "hand": "cancelled"}
    assert code(await shop.does(request, "image"), 409) == "task_not_open"
    path = f"/v1/fulfilment-tasks/{(await shop.tasks(request))['image']['id']}/assign"
    assert code(await shop.dan.call("POST", path, {"assignee": "dan"}), 409) == "task_ended"


ORDER = """
SELECT split_part(type, '.', 3) FROM outbox JOIN event ON event.id = event_id
WHERE record_id = $1 AND type ~ 'held|completed' ORDER BY position
"""
UNEQUAL = """
SELECT count(*) FROM service_request r
WHERE version <> (SELECT count(*) FROM event e WHERE e.subject = r.id)
"""


async def test_a_hold_and_a_task_at_once_leave_no_task_done_on_hold(shop: Shop, catalog: Running) -> None:
    await shop.offers(tasks=PARALLEL[:2])
    for _ in range(10):
        request = await shop.orders()
        task = (await shop.tasks(request))["t0"]
        done, held = await asyncio.gather(
            shop.dan.call("POST", f"/v1/fulfilment-tasks/{task['id']}/complete", {}),
            shop.moves(request, "on_hold", reason="change"),
        )
        assert (held.status_code, done.status_code in (200, 409)) == (200, True)
        told = [row[0] for row in await catalog.db.fetch(ORDER, UUID(request["id"]))]
        assert told == (["completed", "held"] if done.status_code == 200 else ["held"])
    assert await catalog.db.fetchval(UNEQUAL) == 0

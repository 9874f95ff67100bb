"""A request from its form to its closing; every step stands in its timeline and goes on the bus."""

import json

from itsm_events import EVENTS, Envelope, opaque
from support.broker import channel, heard, listen
from support.shop import BY_TWO_OF_THREE, TASKS, Shop, code, pointers

STORY = [
    "service_request.submitted",
    "service_request.approval_asked",
    "approval.asked",
    "approval.voted",
    "approval.accepted",
    "service_request.approved",
    "service_request.fulfilment_started",
    "fulfilment_task.opened",
    "fulfilment_task.opened",
    "fulfilment_task.planned",
    "fulfilment_task.assigned",
    "fulfilment_task.completed",
    "fulfilment_task.completed",
    "fulfilment_task.opened",
    "comment.added",
    "fulfilment_task.completed",
    "service_request.fulfilled",
    "service_request.closed",
]


async def test_ordered_by_a_form_approved_by_two_of_three_and_fulfilled_by_tasks(
    shop: Shop, amqp_url: str
) -> None:
    await shop.offers(approval=[BY_TWO_OF_THREE], tasks=TASKS)

    # Rita fills in the form; each wrong answer is told where it stands.
    wrong = {"model": "17 inch", "memory_gb": 8, "colour": "red"}
    refused = await shop.rita.call(
        "POST", "/v1/orders", {"items": [{"offering": "laptop", "answers": wrong}]}
    )
    assert {pointer for pointer, _ in pointers(refused)} == {
        "/items/0/answers/model",
        "/items/0/answers/memory_gb",
        "/items/0/answers/colour",
    }
    item = {"offering": "laptop", "answers": {"model": "15 inch", "memory_gb": 32}, "quantity": 2}
    order = await shop.rita.creates("/v1/orders", items=[item])
    [line] = order["items"]
    assert (line["quantity"], line["price"], line["currency"]) == (2, 2599.8, "EUR")
    request = await shop.rita.get(f"/v1/service-requests/{line['number']}")
    assert (request["status"], request["order"]) == ("awaiting_approval", order["number"])
    assert request["answers"] == item["answers"]

    # Two of the three on the board accept; nobody votes on their own, twice, for another, or too late.
    [step] = (await shop.who("anna").get("/v1/approvals?mine=true&status=pending"))["items"]
    assert (step["number"], step["voters"]) == (request["number"], ["anna", "ben", "cleo"])
    assert code(await shop.votes(step, "rita"), 403) == "self_approval"
    assert (await shop.votes(step, "anna", comment="She needs it.")).json()["status"] == "pending"
    assert code(await shop.votes(step, "anna", "refuse"), 409) == "already_voted"
    assert (await shop.votes(step, "ben")).json()["status"] == "accepted"
    assert code(await shop.votes(step, "cleo", "refuse"), 409) == "approval_decided"

    # Two tasks open together, the third one after both; the last one fulfils the request.
    assert code(await shop.moves(request, "approved"), 409) == "illegal_transition"
    tasks = await shop.tasks(request)
    assert {key: task["status"] for key, task in tasks.items()} == {
        "buy": "open",
        "image": "open",
        "hand": "waiting",
    }
    assert code(await shop.does(request, "hand"), 409) == "task_not_open"
    path = f"/v1/fulfilment-tasks/{tasks['buy']['id']}/assign"
    assert (await shop.dan.call("POST", path, {"assignee": "bob"})).json()["status"] == "in_progress"
    for key in ("buy", "image"):
        assert (await shop.does(request, key)).status_code == 200
    await shop.rita.creates(f"/v1/service-requests/{request['id']}/comments", body="I am in room 12.")
    assert (await shop.does(request, "hand", note="Only the deputy was there.")).status_code == 200
    request = await shop.request(request)
    assert (request["status"], request["on_time"]) == ("fulfilled", True)
    assert request["fulfilment_note"] == "Hand it over: done."
    for path in (f"/v1/service-requests/{request['id']}", f"/v1/service-requests/{request['id']}/timeline"):
        assert "deputy" not in (await shop.rita.call("GET", path)).text, "a task's note is the desk's"
        assert "deputy" in (await shop.dan.call("GET", f"{path.removesuffix('/timeline')}/timeline")).text

    # Rita is content.
    closed = await shop.moved(request, "closed", shop.rita)
    assert code(await shop.moves(closed, "in_fulfilment", shop.rita), 409) == "illegal_transition"
    assert await shop.timeline(request) == STORY

    async with channel(amqp_url) as on:
        nouns = ("service_request", "approval", "fulfilment_task", "comment")
        queue = await listen(on)
        await shop.catalog.say_all(amqp_url)
        envelopes = [Envelope.model_validate_json(m.body) for m in await heard(queue, 6 + len(STORY))]
    told = [each for each in envelopes if each.type.split(".")[1] in nouns]
    assert [each.type.removeprefix("itsm.").removesuffix(".v1") for each in told] == STORY
    for subject in {each.subject for each in told}:
        sequences = [each.sequence for each in told if each.subject == subject]
        assert sequences == list(range(1, len(sequences) + 1))
    for each in told:
        EVENTS[each.type].model_validate(each.data)
        assert "rita" not in json.dumps(each.data)
        assert "15 inch" not in json.dumps(each.data)
    last = told[-1].data
    assert (last["requester"], last["status"], last["price"]) == (opaque("acme", "rita"), "closed", 2599.8)

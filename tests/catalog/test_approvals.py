"""Approvals: who is asked, one vote each, steps in their order, and what ends them."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsm_catalog.rules.requests.quorum import verdict
from itsm_chassis.clock import now, text
from itsm_chassis.store.database import Database
from support.services import Running
from support.shop import BY_TWO_OF_THREE, TASKS, Shop, code, pointers

ALL = {"group": "board", "rule": "all"}
ANY = {"group": "board", "rule": "any"}
BOSS = {"group": "bosses", "rule": "any"}


async def test_steps_are_asked_one_after_the_other_and_the_last_one_approves(shop: Shop) -> None:
    await shop.offers(approval=[ALL, BOSS])
    request = await shop.orders()
    for name in ("anna", "ben", "cleo"):
        assert (await shop.request(request))["status"] == "awaiting_approval"
        assert len(await shop.approvals(request)) == 1
        assert (await shop.vote(request, name)).status_code == 200
    first, second = await shop.approvals(request)
    assert (first["status"], first["step"], second["status"], second["step"]) == ("accepted", 1, "pending", 2)
    assert (second["voters"], (await shop.request(request))["status"]) == (["boss"], "awaiting_approval")
    assert (await shop.vote(request, "boss")).json()["status"] == "accepted"
    request = await shop.request(request)
    assert (request["status"], request["approval_wait_s"] > 0) == ("approved", True)
    assert request["approved_at"] is not None
    started = await shop.moved(request, "in_fulfilment")
    assert started["status"] == "in_fulfilment"


async def test_a_refusal_that_cannot_be_outvoted_rejects_at_once_with_its_reason(shop: Shop) -> None:
    await shop.offers(approval=[BY_TWO_OF_THREE, BOSS], tasks=TASKS)
    request = await shop.orders()
    assert (await shop.vote(request, "anna", "refuse")).json()["status"] == "pending"
    refused = await shop.vote(request, "ben", "refuse", comment="Last year's will do.")
    assert refused.json()["status"] == "refused"
    request = await shop.request(request)
    assert (request["status"], request["due_at"]) == ("rejected", None)
    assert request["rejection_reason"] == "Approval step 1 (board) refused it: Last year's will do."
    assert code(await shop.vote(request, "cleo"), 409) == "approval_decided"
    assert len(await shop.approvals(request)) == 1
    assert await shop.tasks(request) == {}
    assert code(await shop.moves(request, "cancelled"), 409) == "illegal_transition"


async def test_the_requester_does_not_vote_and_neither_does_anybody_who_is_not_asked(shop: Shop) -> None:
    await shop.offers(approval=[ALL])
    anna = shop.who("anna")
    request = await shop.orders(anna)
    [step] = await shop.approvals(request)
    assert step["voters"] == ["ben", "cleo"]
    assert code(await shop.votes(step, "anna"), 403) == "self_approval"
    assert code(await shop.votes(step, "boss"), 404) == "not_found"
    path = f"/v1/approvals/{step['id']}/votes"
    assert code(await shop.dan.call("POST", path, {"decision": "accept"}), 403) == "not_a_voter"
    assert code(await shop.votes(step, "ben", voter="cleo"), 403) == "not_a_voter"
    assert pointers(await shop.votes(step, "ben", "perhaps")) != set()
    assert (await shop.request(request))["status"] == "awaiting_approval"


async def test_a_delegate_votes_in_the_place_of_who_named_them_and_only_then(shop: Shop) -> None:
    await shop.offers(approval=[ALL])
    for name in ("anna", "ben", "rita"):
        await shop.manager.creates("/v1/people", key=name, name=name.title())
    later = text(now().replace(year=now().year + 1))
    for name, fields in (
        ("anna", {"delegate": "dora"}),
        ("ben", {"delegate": "dora", "delegate_from": later}),
    ):
        edited = await shop.manager.call("PATCH", f"/v1/people/{name}", fields, If_Match="*")
        assert edited.status_code == 200
    request = await shop.orders()
    dora = shop.who("dora")
    [step] = (await dora.get("/v1/approvals?mine=true"))["items"]
    assert code(await shop.votes(step, "dora", voter="ben"), 403) == "not_a_voter"
    voted = (await shop.votes(step, "dora", comment="In her name.")).json()
    assert [(vote["voter"], vote["cast_by"], vote["comment"]) for vote in voted["votes"]] == [
        ("anna", "dora", "In her name.")
    ]
    assert code(await shop.votes(step, "anna"), 409) == "already_voted"
    assert code(await shop.votes(step, "dora"), 409) == "already_voted"
    assert (await dora.get("/v1/approvals?mine=true"))["items"] == []
    await shop.manager.call("PATCH", "/v1/people/ben", {"delegate_from": None}, If_Match="*")
    assert len((await dora.get("/v1/approvals?mine=true"))["items"]) == 1
    assert (await dora.get(f"/v1/service-requests/{request['id']}"))["number"] == request["number"]
    await shop.manager.call("PATCH", "/v1/people/ben", {"delegate": "rita"}, If_Match="*")
    assert code(await shop.votes(step, "rita", voter="ben"), 403) == "self_approval"


async def test_whose_delegate_somebody_of_several_is_has_to_be_said(shop: Shop) -> None:
    await shop.offers(approval=[ALL])
    for name in ("anna", "ben"):
        await shop.manager.creates("/v1/people", key=name, name=name, delegate="dora")
    request = await shop.orders()
    assert pointers(await shop.vote(request, "dora")) == {("/voter", "voter_unclear")}
    assert (await shop.vote(request, "dora", voter="anna")).status_code == 200
    voted = await shop.vote(request, "dora")
    assert [vote["voter"] for vote in voted.json()["votes"]] == ["anna", "ben"]


async def test_mine_are_those_that_wait_for_me_and_a_requester_sees_no_others(shop: Shop) -> None:
    await shop.offers(approval=[ALL])
    await shop.offers(key="car", approval=[BOSS])
    mine, other = await shop.orders(), await shop.orders(shop.who("carl"), offering="car")
    anna = shop.who("anna")
    assert [step["number"] for step in (await anna.get("/v1/approvals?mine=true"))["items"]] == [
        mine["number"]
    ]
    await shop.vote(mine, "anna")
    assert (await anna.get("/v1/approvals?mine=true&status=pending"))["items"] == []
    assert len((await anna.get("/v1/approvals?status=pending"))["items"]) == 1
    assert len((await shop.dan.get("/v1/approvals"))["items"]) == 2
    [foreign] = await shop.approvals(other)
    assert (await anna.call("GET", f"/v1/approvals/{foreign['id']}")).status_code == 404
    assert (await anna.call("GET", "/v1/approvals?mine=false")).status_code == 422
    stranger = shop.who("boss", "admin", "globex")
    assert (await stranger.call("GET", f"/v1/approvals/{foreign['id']}")).status_code == 404
    path = f"/v1/approvals/{foreign['id']}/votes"
    assert (await stranger.call("POST", path, {"decision": "accept"})).status_code == 404


@pytest.mark.parametrize("rule", ["any", "all", "percentage"])
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(votes=st.lists(st.booleans(), min_size=4, max_size=12), percentage=st.integers(1, 100))
async def test_votes_at_once_decide_as_if_one_had_come_after_the_other(
    shop: Shop, catalog: Running, rule: Any, votes: list[bool], percentage: int
) -> None:
    people = [f"v{n}" for n in range(len(votes))]
    key = f"c{await catalog.db.fetchval('SELECT count(*) FROM people_group')}"
    await shop.manager.creates("/v1/groups", key=key, name=key, members=people)
    share = {"percentage": percentage} if rule == "percentage" else {}
    await shop.offers(key=key, approval=[{"group": key, "rule": rule, **share}], tasks=TASKS)
    request = await shop.orders(offering=key)
    [step] = await shop.approvals(request)
    answers = await asyncio.gather(
        *(
            shop.votes(step, name, "accept" if vote else "refuse")
            for name, vote in zip(people, votes, strict=True)
        )
    )
    [after] = await shop.approvals(request)
    counted = [vote["decision"] == "accept" for vote in after["votes"]]
    assert len(counted) == sum(answer.status_code == 200 for answer in answers)
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert after["status"] == verdict(rule, percentage, len(votes), sum(counted), len(counted) - sum(counted))
    before = counted[:-1]
    assert verdict(rule, percentage, len(votes), sum(before), len(before) - sum(before)) == "pending"
    assert after["version"] == 1 + len(counted)
    ended = {"accepted": "in_fulfilment", "refused": "rejected"}
    assert (await shop.request(request))["status"] == ended[after["status"]]
    assert len(await shop.tasks(request)) == (3 if after["status"] == "accepted" else 0)


async def test_a_step_that_would_start_without_voters_leaves_the_vote_before_it_uncast(shop: Shop) -> None:
    await shop.offers(approval=[ANY, BOSS])
    request = await shop.orders()
    await shop.manager.call("PATCH", "/v1/groups/bosses", {"members": ["rita"]}, If_Match="*")
    assert code(await shop.vote(request, "anna"), 409) == "no_voter"
    [step] = await shop.approvals(request)
    assert (step["status"], step["votes"]) == ("pending", [])
    await shop.manager.call("PATCH", "/v1/groups/bosses", {"members": ["boss"]}, If_Match="*")
    assert (await shop.vote(request, "anna")).status_code == 200


async def test_who_left_is_not_asked_and_who_joins_later_neither(shop: Shop) -> None:
    await shop.manager.creates("/v1/people", key="ben", name="Ben", active=False)
    await shop.offers(approval=[ALL])
    request = await shop.orders()
    await shop.manager.call("PATCH", "/v1/groups/board", {"members": ["anna", "dora"]}, If_Match="*")
    [step] = await shop.approvals(request)
    assert step["voters"] == ["anna", "cleo"]
    assert code(await shop.votes(step, "dora"), 404) == "not_found"
    await shop.manager.creates("/v1/people", key="anna", name="Anna", active=False)
    assert code(await shop.votes(step, "anna"), 403) == "has_left"
    assert (await shop.votes(step, "cleo")).status_code == 200


async def test_cancelling_voids_what_is_asked(shop: Shop) -> None:
    await shop.offers(approval=[ALL])
    request = await shop.orders()
    await shop.vote(request, "anna")
    await shop.moved(request, "cancelled", shop.rita)
    [step] = await shop.approvals(request)
    assert step["status"] == "voided"
    assert code(await shop.votes(step, "ben"), 409) == "approval_decided"
    assert (await shop.who("ben").get("/v1/approvals?mine=true"))["items"] == []


async def test_an_edit_voids_every_vote_and_asks_the_first_step_anew(shop: Shop) -> None:
    await shop.offers(approval=[ANY, BOSS])
    request = await shop.orders()
    await shop.vote(request, "anna")
    path = f"/v1/service-requests/{request['id']}"
    current = await shop.request(request)
    same = await shop.rita.call("PATCH", path, {"quantity": 1}, If_Match="*")
    assert same.json() == current
    edited = await shop.rita.call(
        "PATCH", path, {"quantity": 2, "answers": {"memory_gb": 64}}, If_Match=f'"{current["version"]}"'
    )
    assert edited.status_code == 200, edited.text
    assert (edited.json()["price"], edited.json()["answers"]) == (
        2599.8,
        {"model": "15 inch", "memory_gb": 64},
    )
    steps = await shop.approvals(request)
    assert [(step["step"], step["status"]) for step in steps] == [
        (1, "voided"),
        (2, "voided"),
        (1, "pending"),
    ]
    wrong = await shop.rita.call("PATCH", path, {"answers": {"model": None}}, If_Match="*")
    assert pointers(wrong) == {("/answers/model", "required")}
    assert code(await shop.who("anna").call("PATCH", path, {"quantity": 9}, If_Match="*"), 403)
    await shop.vote(request, "ben")
    await shop.vote(request, "boss")
    locked = await shop.rita.call("PATCH", path, {"quantity": 3}, If_Match="*")
    assert code(locked, 409) == "request_locked"


async def test_a_vote_under_a_key_is_one_vote(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[ANY], tasks=TASKS)
    request = await shop.orders()
    [step] = await shop.approvals(request)
    path, body = f"/v1/approvals/{step['id']}/votes", {"decision": "accept"}
    anna = shop.who("anna")
    answers = await asyncio.gather(*(anna.call("POST", path, body, Idempotency_Key="once") for _ in range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.text for answer in answers}) == 1
    assert len(await shop.tasks(request)) == 3


async def gaps(db: Database) -> int:
    """Subjects whose sequences do not count from 1 without a gap."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM (SELECT subject FROM event GROUP BY subject "
            "HAVING max(sequence) <> count(*)) AS broken"
        )
    )


async def test_a_vote_and_a_cancellation_at_once_leave_one_truth(shop: Shop, catalog: Running) -> None:
    await shop.offers(approval=[ANY], tasks=TASKS)
    for _ in range(8):
        request = await shop.orders()
        vote, cancel = await asyncio.gather(
            shop.vote(request, "anna"), shop.moves(request, "cancelled", shop.rita)
        )
        assert {vote.status_code, cancel.status_code} <= {200, 409}
        [step] = await shop.approvals(request)
        after, tasks = await shop.request(request), await shop.tasks(request)
        assert cancel.status_code == 200
        assert after["status"] == "cancelled"
        assert step["status"] == ("accepted" if vote.status_code == 200 else "voided")
        assert {task["status"] for task in tasks.values()} <= {"cancelled"}
    assert await gaps(catalog.db) == 0

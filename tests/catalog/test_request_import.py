"""The import of request history through its door: any history is taken, and what is odd in it is counted."""

import asyncio
import json
from typing import Any

import pytest
from itsm_catalog.api.request_imports import EXAMPLE, LINE, STEP
from itsm_catalog.commands.requests.closing import close_due
from itsm_catalog.commands.requests.timekeeper import Timekeeper
from itsm_catalog.rules.json_schema import violations
from itsm_catalog.rules.requests import imports
from itsm_chassis.clock import now
from support.imports import sent
from support.services import Caller, Running
from support.shop import TASKS, Shop

PATH = "/v1/service-requests:import"


def line(external_id: str, *history: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = {
        "external_id": external_id,
        "offering": "laptop",
        "requester": "rita",
        "submitted_at": "2012-05-01T08:00:00+02:00",
        "history": list(history),
    }
    return made | fields


def step(day: int, to: str, **fields: Any) -> dict[str, Any]:
    return {"at": f"2012-05-{day:02d}T06:00:00Z", "to": to} | fields


DONE = line(
    "R-1",
    step(2, "awaiting_approval"),
    step(3, "approved"),
    step(3, "in_fulfilment", source_state="Ordered"),
    step(5, "on_hold", reason="vendor"),
    step(9, "in_fulfilment"),
    step(10, "fulfilled", comment="Signed for."),
    requested_for="carl",
    business_unit="sales",
    service="workplace",
)


@pytest.fixture
def mover(catalog: Running) -> Caller:
    return catalog.caller("service", "mover")


async def test_an_imported_request_is_a_record_with_its_whole_history(mover: Caller) -> None:
    [result] = await sent(mover, PATH, [DONE])
    assert (result["line"], result["external_id"], result["status"]) == (1, "R-1", "created")
    request = await mover.get(f"/v1/service-requests/{result['id']}")
    assert (request["status"], request["imported"], request["version"]) == ("fulfilled", True, 7)
    assert (request["submitted_at"], request["fulfilled_at"]) == (
        "2012-05-01T06:00:00Z",
        "2012-05-10T06:00:00Z",
    )
    assert (request["approval_wait_s"], request["business_s"]) == (86400, 5 * 86400)
    assert (request["on_time"], request["due_at"], request["source_state"]) == (None, None, None)
    assert (request["requested_for"], request["business_unit"]) == ("carl", "sales")
    assert (await mover.get(f"/v1/orders/{request['order']}"))["items"][0]["number"] == request["number"]
    page = await mover.get(f"/v1/service-requests/{result['id']}/timeline")
    assert [item["type"].split(".")[2] for item in page["items"]] == [
        "submitted",
        "approval_asked",
        "approved",
        "fulfilment_started",
        "held",
        "resumed",
        "fulfilled",
        "added",
    ]
    assert all(item["imported"] for item in page["items"])
    assert page["items"][3]["data"]["source_state"] == "Ordered"
    comments = (await mover.get(f"/v1/service-requests/{result['id']}/comments"))["items"]
    assert [(c["body"], c["visibility"], c["created_at"]) for c in comments] == [
        ("Signed for.", "internal", "2012-05-10T06:00:00Z")
    ]


async def test_a_version_that_the_line_names_gives_its_promise(shop: Shop, mover: Caller) -> None:
    await shop.offers(delivery_time_s=5 * 86400)
    kept, late = line("A", *DONE["history"], offering_version=1), line("B", step(7, "fulfilled"))
    results = await sent(mover, PATH, [kept, late | {"offering_version": 1}])
    found = [await mover.get(f"/v1/service-requests/{each['id']}") for each in results]
    assert [each["on_time"] for each in found] == [True, False]
    assert found[0]["due_at"] == "2012-05-10T06:00:00Z"


@pytest.mark.parametrize(
    ("history", "deviations", "status"),
    [
        ([step(2, "closed")], ["unusual_transition", "closed_without_fulfilled"], "closed"),
        ([step(2, "cancelled"), step(3, "closed")], ["unusual_transition"], "closed"),
        ([step(2, "in_fulfilment"), step(3, "on_hold")], ["missing_hold_reason"], "on_hold"),
        (
            [step(3, "in_fulfilment"), step(2, "fulfilled", reason="vendor")],
            ["time_before_predecessor", "hold_reason_outside_hold"],
            "fulfilled",
        ),
        ([step(2, "in_fulfilment"), step(2, "fulfilled")], ["time_equal_to_predecessor"], "fulfilled"),
        (
            [step(2, "in_fulfilment"), {"at": "2014-01-01T00:00:00Z", "to": "fulfilled"}],
            ["over_a_year_since_predecessor"],
            "fulfilled",
        ),
        ([step(2, "fulfilled")], ["unusual_transition"], "fulfilled"),
        ([step(2, "in_fulfilment"), step(3, "submitted")], ["unusual_transition"], "in_fulfilment"),
        (
            [step(2, "in_fulfilment"), step(3, "fulfilled"), step(4, "on_hold", reason="vendor")],
            ["unusual_transition"],
            "on_hold",
        ),
    ],
)
async def test_what_history_does_against_the_rules_is_counted_and_not_refused(
    shop: Shop, mover: Caller, history: list[Any], deviations: list[str], status: str
) -> None:
    await shop.offers()
    [result] = await sent(mover, PATH, [line("D", *history)])
    assert (result["status"], result["remarks"]) == ("created", deviations)
    assert (await mover.get(f"/v1/service-requests/{result['id']}"))["status"] == status
    page = await mover.get(f"/v1/service-requests/{result['id']}/timeline")
    found = [each for item in page["items"] for each in item["data"].get("deviations", [])]
    assert found == deviations
    sequences = [item["sequence"] for item in page["items"]]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_what_was_ordered_and_is_not_known_is_counted_and_not_refused(
    shop: Shop, mover: Caller
) -> None:
    await shop.offers()
    lines = [
        line("K", step(2, "in_fulfilment"), offering_version=1),
        line("U", offering="abacus"),
        line("V", offering_version=7),
    ]
    for path in (f"{PATH}?dry_run=true", PATH):
        results = await sent(mover, path, lines)
        assert [each["status"] for each in results] == ["created"] * 3
        remarks = [each.get("remarks") for each in results]
        assert remarks == [None, ["unknown_offering"], ["unknown_offering_version"]]
    page = await mover.get(f"/v1/service-requests/{results[1]['id']}/timeline")
    assert page["items"][0]["data"]["deviations"] == ["unknown_offering"]


async def test_the_service_is_the_offerings_where_the_line_names_none(shop: Shop, mover: Caller) -> None:
    await shop.offers()
    lines = [
        line("A"),
        line("B", offering_version=1),
        line("C", service="mail"),
        line("D", offering="abacus"),
    ]
    results = await sent(mover, PATH, lines)
    found = [await mover.get(f"/v1/service-requests/{each['id']}") for each in results]
    assert [each["service"] for each in found] == ["workplace", "workplace", "mail", None]


async def test_the_document_says_how_a_line_is_written(shop: Shop, mover: Caller) -> None:
    await shop.offers()
    assert set(LINE["properties"]) == set(imports.LINE)
    assert set(STEP["properties"]) == set(imports.STEP)
    assert list(violations(LINE, EXAMPLE)) == []
    [result] = await sent(mover, PATH, [EXAMPLE])
    assert (result["status"], "remarks" in result) == ("created", False)
    document = (await mover.client.get("/openapi.json")).json()
    content = document["paths"][PATH]["post"]["requestBody"]["content"]["application/x-ndjson"]
    assert content["schema"]["contentSchema"]["required"] == sorted(imports.LINE_NEEDS)
    assert json.loads(content["example"]) == EXAMPLE


async def test_again_is_unchanged_and_other_content_is_a_conflict(mover: Caller) -> None:
    [first] = await sent(mover, PATH, [DONE])
    results = await sent(mover, PATH, [dict(reversed(DONE.items())), DONE | {"requester": "otto"}])
    assert [each["status"] for each in results] == ["unchanged", "conflict"]
    assert {each["id"] for each in results} == {first["id"]}
    twice = await sent(mover, PATH, [line("N"), line("N"), line("N", service="x")])
    assert [each["status"] for each in twice] == ["created", "unchanged", "conflict"]


async def test_a_bad_line_is_refused_alone_and_says_everything(mover: Caller) -> None:
    bad = line("B", {"at": "2012-05-01T08:00:00", "to": "thinking"}, {"to": "closed", "mood": 1}, requester=7)
    results = await sent(mover, PATH, [line("A"), bad, b"{]", line("C", offering=None), line("E")])
    assert [each["status"] for each in results] == ["created", "invalid", "invalid", "invalid", "created"]
    assert {(error["pointer"], error["code"]) for error in results[1]["errors"]} == {
        ("/requester", "invalid"),
        ("/history/0/at", "naive_time"),
        ("/history/0/to", "invalid"),
        ("/history/1/at", "missing"),
        ("/history/1/mood", "unknown_field"),
    }


async def test_a_dry_run_stores_nothing(mover: Caller, catalog: Running) -> None:
    [result] = await sent(mover, f"{PATH}?dry_run=true", [DONE])
    assert (result["status"], "id" in result) == ("created", False)
    assert await catalog.db.fetchval("SELECT count(*) FROM service_request") == 0
    assert await catalog.db.fetchval("SELECT count(*) FROM service_order") == 0


async def test_twin_imports_at_once_store_each_request_once(mover: Caller, catalog: Running) -> None:
    lines = [line(f"T-{n}", step(2, "in_fulfilment")) for n in range(300)]
    twins = await asyncio.gather(*(sent(mover, PATH, part) for part in (lines, lines[::-1], lines)))
    statuses = [each["status"] for results in twins for each in results]
    assert (statuses.count("created"), statuses.count("unchanged")) == (300, 600)
    assert await catalog.db.fetchval("SELECT count(*) FROM service_request") == 300
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 600


async def test_nothing_falls_due_for_history_and_what_is_open_goes_on_as_live_work(
    shop: Shop, mover: Caller, catalog: Running
) -> None:
    await shop.offers(delivery_time_s=86400, tasks=TASKS)
    late = line("L", step(2, "in_fulfilment"), offering_version=1)
    held = line("H", step(1, "in_fulfilment"), step(1, "on_hold", reason="vendor"), offering_version=1)
    done = line("F", step(2, "fulfilled"), offering_version=1)
    results = await sent(mover, PATH, [late, held, done])
    assert await Timekeeper().settle(catalog.db) == 0
    assert await close_due(catalog.db, 5, now()) == 0
    resumed = await shop.moved(results[1], "in_fulfilment")
    assert resumed["due_at"] > resumed["updated_at"]
    tomorrow = now().replace(year=now().year + 1)
    assert await Timekeeper(lambda: tomorrow).settle(catalog.db) == 1
    assert await close_due(catalog.db, 5, tomorrow) == 1
    fulfilled = await shop.moved(results[0], "fulfilled", fulfilment_note="At last.")
    assert fulfilled["on_time"] is False
    page = await mover.get(f"/v1/service-requests/{results[0]['id']}/timeline")
    assert [item["imported"] for item in page["items"]] == [True, True, False]


@pytest.mark.parametrize(("role", "status"), [("agent", 403), ("requester", 403), ("admin", 200)])
async def test_only_the_service_and_the_admin_may_import(catalog: Running, role: str, status: int) -> None:
    who = catalog.caller(role, "x")
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/x-ndjson"}
    body = json.dumps(DONE).encode()
    assert (await catalog.client.post(PATH, content=body, headers=headers)).status_code == status


async def test_two_tenants_may_have_the_same_external_id(catalog: Running) -> None:
    for tenant in ("acme", "globex"):
        admin = catalog.caller("admin", "m", tenant)
        [result] = await sent(admin, PATH, [DONE])
        assert result["status"] == "created"
        assert len((await admin.get("/v1/service-requests"))["items"]) == 1

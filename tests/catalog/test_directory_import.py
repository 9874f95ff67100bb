"""Importing people, groups and business units."""

import asyncio
from typing import Any

import pytest
from itsm_catalog.tables import directory
from itsm_events import opaque
from support.imports import sent
from support.services import Caller, Running


@pytest.fixture
def moving(catalog: Running) -> Caller:
    return catalog.caller("service", "mover")


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [result["status"] for result in results]


async def test_a_line_creates_changes_or_leaves_what_its_key_names(moving: Caller) -> None:
    ben, eva = {"key": "ben", "name": "Ben", "location": "Oslo"}, {"key": "eva", "name": "Eva"}
    first = await sent(moving, "/v1/people:import", [ben, eva])
    assert [(r["line"], r["external_id"], r["status"], r["id"]) for r in first] == [
        (1, "ben", "created", opaque("acme", "ben")),
        (2, "eva", "created", opaque("acme", "eva")),
    ]
    await moving.call("PATCH", "/v1/people/ben", {"delegate": "eva"}, If_Match='"1"')
    again = await sent(moving, "/v1/people:import", [ben, eva | {"active": False}])
    assert statuses(again) == ["unchanged", "updated"]
    assert (await moving.get("/v1/people/ben"))["delegate"] == "eva", "a field that is no column stays"
    assert (await moving.get("/v1/people/eva"))["active"] is False
    cleared = await sent(moving, "/v1/people:import", [ben | {"location": None}])
    assert statuses(cleared) == ["updated"]
    assert (await moving.get("/v1/people/ben"))["location"] is None


async def test_a_bad_line_is_refused_alone_and_says_everything(moving: Caller, catalog: Running) -> None:
    bad = {"key": "x", "email": "nobody", "mood": 1}
    own = {"key": "y", "name": "Y", "delegate": "y"}
    twice = b'{"key":"z","key":"z"}'
    results = await sent(
        moving, "/v1/people:import", [{"key": "a", "name": "A"}, bad, own, b"{]", twice, b'"x"']
    )
    assert statuses(results) == ["created"] + ["invalid"] * 5
    found = {(error["pointer"], error["code"]) for error in results[1]["errors"]}
    assert found == {
        ("/name", "missing"),
        ("/email", "string_pattern_mismatch"),
        ("/mood", "extra_forbidden"),
    }
    assert (results[1]["external_id"], results[2]["errors"][0]["code"]) == ("x", "own_delegate")
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 1


async def test_a_key_that_comes_twice_is_decided_line_by_line(moving: Caller, catalog: Running) -> None:
    lines = [{"key": "g", "name": "G", "members": m} for m in (["a"], ["a"], ["b"])]
    assert statuses(await sent(moving, "/v1/groups:import", lines)) == ["created", "unchanged", "updated"]
    assert (await moving.get("/v1/groups/g"))["version"] == 2
    assert await directory.members_of(catalog.db, "acme", "g") == ["b"]
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 2


async def test_a_dry_run_tells_all_and_stores_nothing(moving: Caller, catalog: Running) -> None:
    await moving.creates("/v1/business-units", key="it", name="IT")
    lines = [
        {"key": "it", "name": "I.T."},
        {"key": "hr", "name": "HR"},
        {"key": "x", "name": "X", "parent": "x"},
    ]
    results = await sent(moving, "/v1/business-units:import?dry_run=true", lines)
    assert statuses(results) == ["updated", "created", "invalid"]
    assert [unit["name"] for unit in (await moving.get("/v1/business-units"))["items"]] == ["IT"]
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 1


async def test_parents_may_come_in_any_order_and_close_no_circle(moving: Caller) -> None:
    await moving.creates("/v1/business-units", key="a", name="A", parent="b")
    turned = [{"key": "b", "name": "B", "parent": "a"}, {"key": "a", "name": "A", "parent": None}]
    assert statuses(await sent(moving, "/v1/business-units:import", turned)) == ["created", "updated"]
    circle = [{"key": "x", "name": "X", "parent": "y"}, {"key": "y", "name": "Y", "parent": "x"}]
    for lines in (circle, circle[::-1]):
        results = await sent(moving, "/v1/business-units:import", [*lines, {"key": "z", "name": "Z"}])
        assert statuses(results)[:2] == ["invalid", "invalid"]
        assert results[0]["errors"][0]["pointer"] == "/parent"
    assert {unit["key"] for unit in (await moving.get("/v1/business-units"))["items"]} == {"a", "b", "z"}


@pytest.mark.parametrize("path", ["people", "groups", "business-units"])
async def test_twin_imports_at_once_store_each_line_once(moving: Caller, catalog: Running, path: str) -> None:
    lines = [{"key": f"k{n}", "name": f"Number {n}"} for n in range(600)]
    twins = await asyncio.gather(
        *(sent(moving, f"/v1/{path}:import", part) for part in (lines, lines[::-1], lines))
    )
    told = [status for results in twins for status in statuses(results)]
    assert (told.count("created"), told.count("unchanged")) == (600, 1200)
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 600
    assert await catalog.db.fetchval("SELECT count(*) FROM outbox") == 600


async def test_an_import_and_edits_at_once_lose_nothing(moving: Caller, catalog: Running) -> None:
    people = [{"key": f"k{n}", "name": f"Number {n}"} for n in range(20)]
    await sent(moving, "/v1/people:import", people)
    edits = [moving.call("PATCH", f"/v1/people/k{n}", {"location": "Oslo"}, If_Match="*") for n in range(20)]
    moved = [each | {"business_unit": "it"} for each in people]
    results, *answers = await asyncio.gather(sent(moving, "/v1/people:import", moved), *edits)
    assert {answer.status_code for answer in answers} == {200}
    assert set(statuses(results)) == {"updated"}
    items = (await moving.get("/v1/people?limit=200"))["items"]
    assert {(item["location"], item["business_unit"], item["version"]) for item in items} == {
        ("Oslo", "it", 3)
    }
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == 60


async def test_only_those_who_keep_the_directory_import_it(catalog: Running) -> None:
    for path in ("people", "groups", "business-units"):
        for role, status in (("agent", 403), ("requester", 403), ("manager", 200), ("admin", 200)):
            caller = catalog.caller(role)
            headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/x-ndjson"}
            answer = await caller.client.post(f"/v1/{path}:import", content=b"", headers=headers)
            assert answer.status_code == status, (path, role)


async def test_two_tenants_may_have_the_same_keys(catalog: Running) -> None:
    for tenant in ("acme", "globex"):
        caller = catalog.caller("service", tenant=tenant)
        lines = [{"key": "g", "name": tenant, "members": [tenant]}]
        assert statuses(await sent(caller, "/v1/groups:import", lines)) == ["created"]
        assert await directory.members_of(catalog.db, tenant, "g") == [tenant]

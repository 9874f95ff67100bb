"""Importing and exporting configuration items."""

import asyncio
import csv
import io
import json
from itertools import pairwise
from typing import Any

import pytest
from itsm_catalog.commands.import_edges import Edges
from itsm_catalog.commands.import_items import Items
from itsm_catalog.rules.item_lines import Draft
from itsm_chassis import clock
from itsm_chassis.store.context import Context
from support.items import ANY, HOST, item, needs, registered
from support.services import Caller, Running

IMPORT = "/v1/configuration-items:import"
EXPORT = "/v1/configuration-items:export"


async def send(caller: Caller, body: str | bytes, kind: str = "application/x-ndjson", query: str = "") -> Any:
    """The answer to an import."""
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": kind}
    return await caller.client.post(IMPORT + query, content=body, headers=headers)


async def told(caller: Caller, body: str | bytes, kind: str = "application/x-ndjson", query: str = "") -> Any:
    """The results of an import."""
    answer = await send(caller, body, kind, query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def ndjson(*lines: dict[str, Any]) -> str:
    """Lines of NDJSON."""
    return "".join(json.dumps(line) + "\n" for line in lines)


async def edges(catalog: Running) -> set[str]:
    """Every edge that is stored."""
    rows = await catalog.db.fetch("SELECT dependent_key || '-' || dependency_key FROM dependency")
    return {row[0] for row in rows}


def short(results: list[dict[str, Any]]) -> list[Any]:
    """Status of each line, with pointer and code where something is wrong."""
    return [
        (line["status"], *((error["pointer"], error["code"]) for error in line.get("errors", ())))
        for line in results
    ]


async def test_lines_refer_to_one_another_in_any_order_and_again_is_unchanged(catalog: Running) -> None:
    admin = await registered(catalog)
    body = ndjson(item("app", depends_on=["db", "net"]), item("db", depends_on=["net"]), item("net"))
    first = await told(admin, body)
    assert short(first) == [("created",)] * 3
    assert [(line["line"], line["key"]) for line in first] == [(1, "app"), (2, "db"), (3, "net")]
    assert await edges(catalog) == {"app-db", "app-net", "db-net"}
    assert (await admin.get("/v1/configuration-items/app"))["id"] == first[0]["id"]
    events = await catalog.db.fetchval("SELECT count(*) FROM event WHERE envelope LIKE '%\"imported\":true%'")
    assert events == 6
    again = await told(admin, body)
    assert short(again) == [("unchanged",)] * 3
    assert [line["id"] for line in again] == [line["id"] for line in first]
    assert await catalog.db.fetchval("SELECT count(*) FROM outbox") == 7


async def test_a_line_is_a_merge_patch_and_its_edges_become_exactly_those(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "a", "b", "c", "d")
    await needs(admin, "service:shop", "a")
    for other in "bc":
        await needs(admin, "a", other)
    lines = ndjson(
        {"key": "a", "owner": "berta", "attributes": {"x": {"y": 1}}, "depends_on": ["c", "d"]},
        {"key": "b", "status": "in_maintenance"},
    )
    assert short(await told(admin, lines)) == [("updated",)] * 2
    assert await edges(catalog) == {"shop-a", "a-c", "a-d"}
    a = await admin.get("/v1/configuration-items/a")
    assert (a["owner"], a["name"], a["attributes"], a["version"]) == ("berta", "The a", {"x": {"y": 1}}, 2)
    assert (await admin.get("/v1/configuration-items/b"))["status"] == "in_maintenance"
    assert short(await told(admin, ndjson({"key": "a", "depends_on": []}))) == [("updated",)]
    assert await edges(catalog) == {"shop-a"}
    types = "SELECT type FROM event WHERE type LIKE 'itsm.dependency.%' ORDER BY recorded_at, type"
    said = [row[0].split(".")[2] for row in await catalog.db.fetch(types)]
    assert (said.count("added"), said.count("removed")) == (4, 3)


async def test_what_is_wrong_with_a_line_is_told_there_and_the_others_are_stored(catalog: Running) -> None:
    admin = await registered(catalog, "old")
    await admin.creates("/v1/configuration-item-types", **HOST)
    host = {"ci_type": "host", "name": "Host", "environment": "test"}
    lines = [
        b"{",
        json.dumps({"key": "h1", **host, "attributes": {"cores": 0}}).encode(),
        json.dumps({"key": "h2", **host, "attributes": {"cores": 2}}).encode(),
        json.dumps({"key": "h2", **host}).encode(),
        json.dumps({"key": "h3"}).encode(),
        json.dumps({"key": "h4", "colour": "red"}).encode(),
        json.dumps({"key": "h5", **host, "ci_type": "none"}).encode(),
        json.dumps({"key": "old", "status": "planned"}).encode(),
        b'{"key": "h6", "attributes": {"a": "\\u0000"}}',
        b'{"key": "\xff"}',
        json.dumps(item("h7", depends_on=["h7", "nowhere", "h2"])).encode(),
        b'{"key": "old", "key": "old"}',
        b'{"key": "h8", "ci_type": "thing", "name": "x", "environment": "test", "attributes": {"a": 1e999}}',
        b"   ",
        json.dumps(item("h9", depends_on=["h1"])).encode(),
    ]
    results = await told(admin, b"\n".join(lines))
    assert short(results) == [
        ("invalid", ("", "malformed_line")),
        ("invalid", ("/attributes/cores", "minimum")),
        ("created",),
        ("invalid", ("/key", "repeated_key")),
        ("invalid", ("/name", "missing"), ("/ci_type", "missing"), ("/environment", "missing")),
        ("invalid", ("/colour", "extra_forbidden")),
        ("invalid", ("/ci_type", "unknown_type")),
        ("conflict", ("/status", "illegal_transition")),
        ("invalid", ("", "malformed_line")),
        ("invalid", ("", "malformed_line")),
        ("conflict", ("/depends_on/0", "needs_itself"), ("/depends_on/1", "unknown_key")),
        ("invalid", ("", "malformed_line")),
        ("invalid", ("/attributes", "number_too_large")),
        ("conflict", ("/depends_on/0", "unknown_key")),
    ]
    assert results[-1]["line"] == 15
    assert await edges(catalog) == {"h7-h2"}
    stored = await catalog.db.fetchval("SELECT array_agg(key ORDER BY key) FROM configuration_item")
    assert stored == ["h2", "h7", "h9", "old"]


async def test_a_circle_is_told_at_the_line_that_closes_it(catalog: Running) -> None:
    admin = await registered(catalog, "z")
    lines = [item("a", depends_on=["b"]), item("b", depends_on=["c"]), item("c", depends_on=["z", "a"])]
    results = await told(admin, ndjson(*lines))
    assert short(results) == [("created",), ("created",), ("conflict", ("/depends_on/1", "dependency_cycle"))]
    assert "c -> a -> b -> c" in results[2]["errors"][0]["message"]
    assert await edges(catalog) == {"a-b", "b-c", "c-z"}
    turned = [{"key": "c", "depends_on": ["a"]}, {"key": "a", "depends_on": []}]
    assert short(await told(admin, ndjson(*turned))) == [("updated",)] * 2
    assert await edges(catalog) == {"b-c", "c-a"}


async def test_a_dry_run_tells_the_same_and_stores_nothing(catalog: Running) -> None:
    admin = await registered(catalog, "z", "y")
    await needs(admin, "y", "z")
    lines = ndjson(
        item("a", depends_on=["b", "z"]),
        item("b", depends_on=["a"]),
        item("y", owner="berta", depends_on=[]),
        item("z", depends_on=["y", "none"]),
    )
    before = await catalog.db.fetchval("SELECT count(*) FROM event")
    dry = await told(admin, lines, query="?dry_run=true")
    assert await catalog.db.fetchval("SELECT count(*) FROM event") == before
    assert await edges(catalog) == {"y-z"}
    assert short(dry) == [
        ("created",),
        ("conflict", ("/depends_on/0", "dependency_cycle")),
        ("updated",),
        ("conflict", ("/depends_on/1", "unknown_key")),
    ]
    assert "id" not in dry[0]
    assert short(await told(admin, lines)) == short(dry)
    assert await edges(catalog) == {"a-b", "a-z", "z-y"}


async def test_an_import_retires_what_nobody_relies_on_by_then(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "app", "db", "cache", "net")
    for one, other in (("app", "db"), ("db", "net"), ("service:shop", "cache")):
        await needs(admin, one, other)
    await catalog.db.execute("UPDATE service SET status = 'live'")
    leaving = [{"key": key, "status": "retired"} for key in ("net", "db", "app", "cache")]
    for query in ("?dry_run=true", ""):
        results = await told(admin, ndjson(*leaving), query=query)
        assert short(results) == [("updated",)] * 3 + [("conflict", ("/status", "still_needed"))]
        assert "shop (live)" in results[3]["errors"][0]["message"]
    rows = await catalog.db.fetch("SELECT key, status FROM configuration_item")
    assert {row["key"]: row["status"] for row in rows} == {
        "app": "retired",
        "db": "retired",
        "net": "retired",
        "cache": "in_use",
    }
    said = "SELECT count(*) FROM event WHERE type = 'itsm.configuration_item.retired.v1'"
    assert await catalog.db.fetchval(said) == 3
    assert short(await told(admin, ndjson({"key": "app", "status": "retired"}))) == [("unchanged",)]
    ended = await told(admin, ndjson({"key": "app", "name": "Other"}))
    assert short(ended) == [("conflict", ("", "record_ended"))]


async def test_a_table_is_read_with_its_types(catalog: Running) -> None:
    admin = await registered(catalog)
    await admin.creates("/v1/configuration-item-types", **HOST)
    table = (
        "\ufeffkey,name,ci_type,status,environment,owner,depends_on,attributes.cores,attributes.serial\r\n"
        'web,"Web, first",host,in_use,production,anna,db;net,4,AB-1\r\n'
        "db,Database,host,in_use,production,,net,x,\r\n"
        'net,"Two\nlines",host,in_use,test,,,8,"AB-2"\r\n'
        "\r\n"
        "short,row\r\n"
        "odd,Odd,host,in_use,test,,,1,12\r\n"
    )
    results = await told(admin, table, "text/csv; charset=utf-8")
    assert short(results) == [
        ("conflict", ("/depends_on/0", "unknown_key")),
        ("invalid", ("/attributes/cores", "type")),
        ("created",),
        ("invalid", ("", "malformed_line")),
        ("invalid", ("/attributes/serial", "pattern")),
    ]
    assert [line["line"] for line in results] == [2, 3, 4, 7, 8]
    web = await admin.get("/v1/configuration-items/web")
    assert (web["name"], web["owner"]) == ("Web, first", "anna")
    assert web["attributes"] == {"cores": 4, "serial": "AB-1"}
    assert (await admin.get("/v1/configuration-items/net"))["name"] == "Two\nlines"
    assert await edges(catalog) == {"web-net"}
    emptied = "key,owner,depends_on,attributes.serial\nweb,,,\n"
    assert short(await told(admin, emptied, "text/csv")) == [("updated",)]
    web = await admin.get("/v1/configuration-items/web")
    assert (web["owner"], web["attributes"], await edges(catalog)) == (None, {"cores": 4}, set())


@pytest.mark.parametrize("header", ["", "name,owner\n", "key,colour\n", "key,key\n", "key,attribute.x\n"])
async def test_a_table_without_telling_columns_is_refused_as_a_whole(catalog: Running, header: str) -> None:
    answer = await send(await registered(catalog), f"{header}a,b\n" if header else "", "text/csv")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "malformed_header"


async def test_an_import_says_what_it_takes(catalog: Running) -> None:
    admin = await registered(catalog)
    assert (await send(admin, "{}", "application/json")).status_code == 415
    assert (await send(admin, "", query="?dryrun=true")).status_code == 422
    assert (await send(admin, "\n" * 100_001)).status_code == 413
    assert (await send(catalog.caller("requester"), "")).status_code == 403
    assert await told(admin, "") == []


@pytest.mark.parametrize(("form", "kind"), [("ndjson", "application/x-ndjson"), ("csv", "text/csv")])
async def test_an_export_is_imported_into_another_tenant_as_the_same(
    catalog: Running, form: str, kind: str
) -> None:
    admin = await registered(catalog, "service:shop", "net")
    await admin.creates("/v1/configuration-item-types", **HOST)
    disks = {"cores": 4, "serial": "AB-1", "disks": {"sda": -5}}
    await admin.creates("/v1/configuration-items", **item("web", ci_type="host", attributes=disks))
    odd = {"note": "=HYPERLINK(1)", "number": "12", "list": [1, "-2"], "flag": True, "empty": ""}
    await admin.creates("/v1/configuration-items", **item("odd", name="@SUM(A1)", owner="'x", attributes=odd))
    for dependent, needed in (("web", "net"), ("web", "odd"), ("service:shop", "web")):
        await needs(admin, dependent, needed)
    await admin.creates("/v1/configuration-items", **item("gone"))
    await admin.call("POST", "/v1/configuration-items/gone/transitions", {"to": "retired"}, If_Match="*")
    answer = await catalog.caller("agent").call("GET", f"{EXPORT}?format={form}")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)
    if form == "csv":
        cells = {cell for row in csv.reader(io.StringIO(answer.text)) for cell in row}
        assert {"'=HYPERLINK(1)", "'@SUM(A1)", "''x"} <= cells
    assert short(await told(admin, answer.text, kind)) == [("unchanged",)] * 4
    other = catalog.caller("admin", tenant="other")
    for published in (HOST, ANY):
        await other.creates("/v1/configuration-item-types", **published)
    assert short(await told(other, answer.text, kind)) == [("created",)] * 4
    again = await catalog.caller("agent", tenant="other").call("GET", f"{EXPORT}?format={form}")
    assert again.text == answer.text
    assert (await admin.call("GET", f"{EXPORT}?format=xls")).status_code == 422


async def test_two_imports_at_once_make_no_circle_and_store_each_item_once(catalog: Running) -> None:
    admin = await registered(catalog)
    keys = [f"n{number}" for number in range(40)]
    forward = [item(key, depends_on=[after]) for key, after in pairwise(keys)]
    backward = [item(after, depends_on=[key]) for key, after in pairwise(keys)]
    ends = [item(keys[-1]), item(keys[0])]
    one, two = await asyncio.gather(
        told(admin, ndjson(*forward, ends[0])), told(admin, ndjson(ends[1], *backward))
    )
    assert await catalog.db.fetchval("SELECT count(*) FROM configuration_item") == 40
    circles = [line for line in (*one, *two) if "dependency_cycle" in str(line.get("errors"))]
    found = await edges(catalog)
    assert len(found) + len(circles) >= 39
    assert not any(f"{b}-{a}" in found for a, b in (edge.split("-") for edge in found))
    for start in (keys[0], keys[-1]):
        path = f"/v1/configuration-items/{start}/impact?direction=downstream&depth=50"
        assert all(node["key"] != start for node in (await admin.get(path))["nodes"])


async def test_an_edge_added_between_two_chunks_counts_in_the_second(catalog: Running) -> None:
    """An import trusts its own view of the graph unless somebody else had a turn since."""
    admin = await registered(catalog, "a", "b", "c")
    ctx = Context("acme", "anna", frozenset({"admin"}), clock.now())
    drafts = [Draft(1, "a", {}, ("b",)), Draft(2, "b", {}, ("c",)), Draft(3, "c", {}, ("a",))]
    items, edges_of = Items(catalog.db, ctx, dry_run=False), Edges(catalog.db, ctx, dry_run=False)
    one, two, three = lines = await items.store(drafts)
    edges_of.expect(lines, items)
    await edges_of.store([one])
    made = await needs(admin, "c", "b")
    await edges_of.store([two])
    assert short([line.result(dry_run=False) for line in (one, two)]) == [
        ("updated",),
        ("conflict", ("/depends_on/0", "dependency_cycle")),
    ]
    await admin.call("DELETE", f"/v1/dependencies/{made['id']}", If_Match="*")
    await edges_of.store([three])
    assert await edges(catalog) == {"a-b", "c-a"}


async def test_no_line_puts_an_item_into_use_on_what_is_retired(catalog: Running) -> None:
    admin = await registered(catalog)
    lines = [item("app", status="planned", depends_on=["db"]), item("db", status="planned")]
    await told(admin, ndjson(*lines))
    await told(admin, ndjson({"key": "db", "status": "retired"}))
    for query in ("?dry_run=true", ""):
        results = await told(
            admin, ndjson({"key": "app", "status": "in_use", "location": "Kiel"}), query=query
        )
        assert short(results) == [("conflict", ("/status", "not_ready"))]
        assert "db, which is retired" in results[0]["errors"][0]["message"]
    assert (await admin.get("/v1/configuration-items/app"))["location"] is None
    mended = await told(admin, ndjson({"key": "app", "status": "in_use", "depends_on": []}))
    assert short(mended) == [("updated",)]

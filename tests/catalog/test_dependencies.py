"""The dependency graph: edges, circles, and what is asked of it."""

import asyncio
from typing import Any

import pytest
from support.items import end, item, needs, registered, tried
from support.services import Caller, Running, beside

PLACE = "/v1/dependencies"


async def edges(catalog: Running) -> set[tuple[str, str]]:
    """Every edge that is stored."""
    rows = await catalog.db.fetch("SELECT dependent_key, dependency_key FROM dependency")
    return {(row[0], row[1]) for row in rows}


async def test_an_edge_is_a_record_of_its_own(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "db")
    answer = await admin.call("POST", PLACE, {"dependent": end("service:shop"), "dependency": end("db")})
    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"] == f"{PLACE}/{made['id']}"
    assert (made["dependent"], made["dependency"]) == (end("service:shop"), end("db"))
    assert (await admin.call("GET", answer.headers["location"])).text == answer.text
    assert (await admin.call("DELETE", f"{PLACE}/{made['id']}")).status_code == 428
    assert (await admin.call("DELETE", f"{PLACE}/{made['id']}", If_Match='"2"')).status_code == 412
    gone = await admin.call("DELETE", f"{PLACE}/{made['id']}", If_Match='"1"')
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await admin.call("GET", f"{PLACE}/{made['id']}")).status_code == 404
    rows = await catalog.db.fetch(
        "SELECT type, sequence FROM event WHERE subject = $1::text::uuid ORDER BY sequence", made["id"]
    )
    assert [tuple(row) for row in rows] == [
        ("itsm.dependency.added.v1", 1),
        ("itsm.dependency.removed.v1", 2),
    ]
    assert (await needs(admin, "service:shop", "db"))["id"] != made["id"]


@pytest.mark.parametrize(
    ("dependent", "dependency", "status", "code", "pointer"),
    [
        ("db", "service:shop", 422, "item_needs_service", "/dependency/kind"),
        ("db", "db", 422, "needs_itself", "/dependency/key"),
        ("service:shop", "service:shop", 422, "needs_itself", "/dependency/key"),
        ("db", "nowhere", 422, "unknown_key", "/dependency/key"),
        ("service:db", "db", 422, "unknown_key", "/dependent/key"),
        ("app", "db", 409, "dependency_exists", None),
        ("db", "app", 409, "dependency_cycle", None),
    ],
)
async def test_an_edge_that_cannot_be_is_refused(
    catalog: Running, dependent: str, dependency: str, status: int, code: str, pointer: str | None
) -> None:
    admin = await registered(catalog, "service:shop", "app", "db")
    await needs(admin, "app", "db")
    answered, problem = await tried(admin, dependent, dependency)
    found = problem["errors"][0] if pointer else problem
    assert (answered, found["code"], found.get("pointer")) == (status, code, pointer)
    assert await edges(catalog) == {("app", "db")}


async def test_a_circle_is_named_in_words_and_as_data(catalog: Running) -> None:
    admin = await registered(catalog, "a", "b", "c", "d")
    for one, other in ("ab", "bc", "ad", "dc"):
        await needs(admin, one, other)
    status, problem = await tried(admin, "c", "a")
    assert (status, problem["code"]) == (409, "dependency_cycle")
    keys = [node["key"] for node in problem["cycle"]]
    assert keys in (["c", "a", "b", "c"], ["c", "a", "d", "c"])
    assert " -> ".join(keys) in problem["detail"]
    assert {node["kind"] for node in problem["cycle"]} == {"configuration_item"}


async def test_services_make_no_circle_either(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "service:pay")
    await needs(admin, "service:shop", "service:pay")
    assert (await tried(admin, "service:pay", "service:shop"))[1]["code"] == "dependency_cycle"


async def test_what_is_in_use_never_comes_to_need_what_is_retired(catalog: Running) -> None:
    admin = await registered(catalog, "app", "old")
    await admin.creates("/v1/configuration-items", **item("next", status="planned"))
    await admin.call("POST", "/v1/configuration-items/old/transitions", {"to": "retired"}, If_Match="*")
    assert (await tried(admin, "app", "old"))[1]["code"] == "dependency_retired"
    assert (await tried(admin, "next", "old"))[0] == 201


async def test_a_retry_with_the_same_key_is_no_second_edge(catalog: Running) -> None:
    admin = await registered(catalog, "app", "db")
    first = await tried(admin, "app", "db", Idempotency_Key="k")
    assert await tried(admin, "app", "db", Idempotency_Key="k") == first
    assert (await tried(admin, "db", "app", Idempotency_Key="k"))[1]["code"] == "key_reused"


async def test_edges_are_listed_by_both_ends(catalog: Running) -> None:
    admin = await registered(catalog, "service:shop", "app", "db", "net")
    for one, other in (("service:shop", "app"), ("app", "db"), ("app", "net"), ("db", "net")):
        await needs(admin, one, other)

    async def listed(question: str) -> list[str]:
        found = (await admin.get(PLACE + question))["items"]
        return [f"{each['dependent']['key']}-{each['dependency']['key']}" for each in found]

    assert await listed("?dependency_key=net") == ["app-net", "db-net"]
    assert await listed("?dependent_kind=service") == ["shop-app"]
    assert sorted(await listed("?dependent_key=app&dependency_kind=configuration_item")) == [
        "app-db",
        "app-net",
    ]
    around = await admin.get("/v1/configuration-items/app/dependencies")
    assert [each["dependency"]["key"] for each in around["depends_on"]] == ["db", "net"]
    assert [each["dependent"]["key"] for each in around["needed_by"]] == ["shop"]
    assert around["truncated"] is False
    assert (await admin.get("/v1/services/shop/dependencies"))["needed_by"] == []


async def test_another_tenant_sees_and_reaches_nothing(catalog: Running) -> None:
    admin = await registered(catalog, "app", "db")
    made = await needs(admin, "app", "db")
    other = await registered(catalog, "app", tenant="other")
    assert (await other.call("GET", f"{PLACE}/{made['id']}")).status_code == 404
    assert (await other.call("DELETE", f"{PLACE}/{made['id']}", If_Match="*")).status_code == 404
    assert (await other.get(PLACE))["items"] == []
    assert (await tried(other, "app", "db"))[1]["errors"][0]["code"] == "unknown_key"
    assert (await other.get("/v1/configuration-items/app/impact?direction=downstream"))["nodes"] == []


async def test_two_replicas_that_add_edges_at_once_never_make_a_circle(catalog: Running) -> None:
    """Each round lets both close the same circle, from two processes' worth of connections."""
    rounds = 12
    keys = [f"{letter}{number}" for number in range(rounds) for letter in "abc"]
    admin = await registered(catalog, *keys)
    async with beside(catalog) as replica:
        callers: list[Caller] = [admin, replica.caller("admin")]
        for number in range(rounds):
            a, b, c = (f"{letter}{number}" for letter in "abc")
            pairs = [(a, b), (b, c), (c, a), (b, a), (c, b), (a, c)]
            answers = await asyncio.gather(
                *(tried(callers[i % 2], one, other) for i, (one, other) in enumerate(pairs))
            )
            assert {status for status, _ in answers} == {201, 409}
            assert {body["code"] for status, body in answers if status == 409} == {"dependency_cycle"}
    assert acyclic(await edges(catalog))


def acyclic(pairs: set[tuple[str, str]]) -> bool:
    """Whether taking away what needs nothing, again and again, takes all away."""
    left = set(pairs)
    while left:
        needing = {one for one, _ in left}
        kept = {(one, other) for one, other in left if other in needing}
        if kept == left:
            return False
        left = kept
    return True


async def test_retiring_and_needing_at_once_end_in_one_of_the_two(catalog: Running) -> None:
    admin = await registered(catalog, "app", *(f"db{number}" for number in range(8)))

    async def retire(key: str) -> int:
        path = f"/v1/configuration-items/{key}/transitions"
        return (await admin.call("POST", path, {"to": "retired"}, If_Match="*")).status_code

    calls: list[Any] = []
    for number in range(8):
        calls += [retire(f"db{number}"), tried(admin, "app", f"db{number}")]
    await asyncio.gather(*calls)
    wrong = """SELECT count(*) FROM dependency JOIN configuration_item AS item ON item.id = dependency_id
        WHERE status = 'retired'"""
    assert await catalog.db.fetchval(wrong) == 0

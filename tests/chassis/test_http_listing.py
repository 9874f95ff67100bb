"""Lists on a real PostgreSQL: every order, filter and cursor against the same thing done in Python."""

import base64
import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
import pytest_asyncio
from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.store.compiled import ASYNCPG
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.tables import record_table
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, MetaData, Text, bindparam
from sqlalchemy.schema import CreateIndex, CreateTable
from starlette.responses import Response
from support import databases
from support.web import client, widgets

metadata = MetaData()
gadget = record_table(
    "gadget",
    metadata,
    Column("title", Text, nullable=False),
    Column("owner", Text),
    Column("kind", Text, nullable=False, info={"values": ("big", "small")}),
    Column("priority", Integer, nullable=False),
    Column("weight", BigInteger),
    Column("broken", Boolean, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("sold_at", DateTime(timezone=True)),
)
Index("gadget_made", gadget.c.tenant, gadget.c.made_at, gadget.c.id)

LISTING = Listing(
    gadget,
    filters=("title", "kind", "owner", "priority", "weight", "broken", "made_at"),
    sorts=("priority", "made_at", "sold_at", "weight", "title"),
    search=("title", "owner"),
    scopes={"own": lambda table: table.c.owner == bindparam("actor")},
    default_sort="-made_at",
)
PERMISSIONS = {"list_gadgets": frozenset({"agent", "requester"})}
START = datetime(2026, 1, 1, tzinfo=UTC)
TITLES = ["plain", "100% wool", "a_b", "back\\slash", "O'Brien; DROP TABLE gadget", "ünïcode"]

router = APIRouter(prefix="/v1/gadgets")


@router.get(
    "",
    operation_id="list_gadgets",
    response_model=Page[dict[str, Any]],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_gadgets(request: Request, ctx: Call, db: Db) -> Response:
    """A requester sees only their own."""
    return await LISTING.page(db, ctx, request, scope="own" if "requester" in ctx.roles else None)


def rows(tenant: str, count: int) -> list[dict[str, Any]]:
    """Rows with many ties and nulls in every key."""
    made = []
    for i in range(count):
        row = {
            "id": new_id(),
            "tenant": tenant,
            "version": 1,
            "title": TITLES[i % len(TITLES)],
            "owner": [None, "anna", "bert"][i % 3],
            "kind": "small" if i % 2 else "big",
            "priority": i % 4,
            "weight": None if i % 5 == 0 else (i * 7) % 3,
            "broken": i % 2 == 0,
            "made_at": START + timedelta(hours=i % 6),
            "sold_at": None if i % 3 else START + timedelta(hours=i % 2),
        }
        row["card"] = json.dumps({"id": str(row["id"]), "n": i}, separators=(",", ":"))
        made.append(row)
    return made


ACME, OTHER = rows("acme", 37), rows("other", 5)


async def create(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(str(CreateTable(gadget).compile(dialect=ASYNCPG)))
    for index in gadget.indexes:
        await connection.execute(str(CreateIndex(index).compile(dialect=ASYNCPG)))
    names = [column.name for column in gadget.columns]
    values = [[row[name] for name in names] for row in ACME + OTHER]
    await connection.copy_records_to_table("gadget", records=values, columns=names)
    await connection.execute("ANALYZE gadget")
    await connection.close()


statements: list[str] = []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gadgets_url(postgres_url: str) -> AsyncIterator[str]:
    async with databases.fresh(postgres_url, "gadget", create) as url:
        yield url


@pytest.fixture
async def web(gadgets_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    db = Database(gadgets_url, observe=statements.append)
    await db.open()
    async with client(widgets(routers=[router], permissions=PERMISSIONS, db=db)) as made:
        yield made
    await db.close()


def expected(sort: str) -> list[str]:
    """The ids in the order that was asked for, nulls last whichever way."""
    found = sorted(ACME, key=lambda row: row["id"], reverse=sort.split(",")[-1].startswith("-"))
    for key in reversed(sort.split(",")):
        name = key.removeprefix("-")
        given = [row for row in found if row[name] is not None]
        given.sort(key=lambda row: row[name], reverse=key.startswith("-"))
        found = given + [row for row in found if row[name] is None]
    return [str(row["id"]) for row in found]


async def walk(web: httpx2.AsyncClient, query: str, limit: int) -> list[str]:
    """All ids, page by page along the Link header."""
    found, url = [], f"/v1/gadgets?limit={limit}&{query}"
    for _ in range(100):
        response = await web.get(url)
        assert response.status_code == 200, response.text
        body = response.json()
        found += [item["id"] for item in body["items"]]
        if body["next"] is None:
            assert "link" not in response.headers
            return found
        assert len(body["items"]) == limit
        url = response.links["next"]["url"]
        assert body["next"] in url
    raise AssertionError("the list has no end")


KEYS = ["priority", "made_at", "sold_at", "weight"]
SORTS = [f"{sign}{key}" for key in [*KEYS, "id"] for sign in ("", "-")]
SORTS += [
    f"{s1}{a},{s2}{b}" for a, b in itertools.permutations(KEYS, 2) for s1 in ("", "-") for s2 in ("", "-")
]
SORTS += ["-priority,sold_at,-weight", "weight,-sold_at,made_at"]


async def test_walking_a_list_meets_every_record_once_in_any_order(web: httpx2.AsyncClient) -> None:
    for sort in SORTS:
        for limit in (4, 36, 37):
            assert await walk(web, f"sort={sort}", limit) == expected(sort), (sort, limit)


FILTERS: list[tuple[str, Any]] = [
    ("priority=2", lambda r: r["priority"] == 2),
    ("priority__in=1,3", lambda r: r["priority"] in (1, 3)),
    ("priority__gte=2&priority__lt=3", lambda r: r["priority"] == 2),
    ("priority__gt=2", lambda r: r["priority"] > 2),
    ("priority__lte=0", lambda r: r["priority"] <= 0),
    ("owner=anna&broken=true", lambda r: r["owner"] == "anna" and r["broken"]),
    ("owner__in=anna,bert", lambda r: r["owner"] is not None),
    ("weight=9223372036854775807", lambda _: False),
    ("made_at__gte=2026-01-01T03:00:00Z", lambda r: r["made_at"].hour >= 3),
    ("made_at__lt=2026-01-01T05:00:00%2B02:00", lambda r: r["made_at"].hour < 3),
    ("made_at=2026-01-01t03:00:00z", lambda r: r["made_at"].hour == 3),
    ("q=%25", lambda r: "%" in r["title"]),
    ("q=_", lambda r: "_" in r["title"]),
    ("q=%5C", lambda r: "\\" in r["title"]),
    ("q=WOOL", lambda r: "wool" in r["title"]),
    ("q=nn", lambda r: r["owner"] == "anna"),
    ("title=O'Brien;%20DROP%20TABLE%20gadget", lambda r: r["title"].startswith("O'")),
    ("title=%25", lambda _: False),
    ("kind=big", lambda r: r["kind"] == "big"),
    ("kind__in=big,small", lambda _: True),
    ("title=x'%20OR%20'1'='1", lambda _: False),
]


@pytest.mark.parametrize(("query", "matches"), FILTERS)
async def test_filters_mean_what_they_say(web: httpx2.AsyncClient, query: str, matches: Any) -> None:
    wanted = {str(row["id"]) for row in ACME if matches(row)}
    assert set(await walk(web, query, 5)) == wanted
    response = await web.get(f"/v1/gadgets?limit=1&count=exact&{query}")
    assert response.json()["count"] == len(wanted)


BAD = [
    "limit=0",
    "limit=-1",
    "limit=201",
    "limit=1000000000",
    "limit=",
    "limit=1.0",
    "limit=%EF%BC%91",
    "cursor=",
    "cursor=abc",
    "cursor=%E2%82%AC",
    "cursor=" + "A" * 3000,
    "sort=",
    "sort=owner",
    "sort=card",
    "sort=priority,priority",
    "sort=priority,-priority",
    "sort=priority;DROP",
    "sort=priority,made_at,sold_at,weight",
    "sort=--priority",
    "tenant=other",
    "card=x",
    "scope=x",
    "actor=bert",
    "after_0=1",
    "sold_at=2026-01-01T00:00:00Z",
    "priority__like=1",
    "broken__in=true",
    "title__gte=a",
    "kind=bogus",
    "kind=",
    "kind__in=big,bogus",
    "priority=x",
    "priority=2147483648",
    "priority=1e3",
    "priority__in=1,,2",
    "priority__in=" + ",".join(["1"] * 101),
    "weight=9223372036854775808",
    "broken=1",
    "made_at=2026-01-01",
    "made_at=1767225600",
    "made_at=2026-01-01T00:00:00",
    "made_at=2026-01-01T00:00:00+02:00",
    "made_at=0001-01-01T00:00:00%2B14:00",
    "made_at=2026-13-01T00:00:00Z",
    "title=" + "x" * 501,
    "q=",
    "q=%20",
    "count=yes",
    "priority=1&priority=2",
    "limit=1&limit=2",
]


async def test_a_parameter_that_is_unknown_or_malformed_is_422_and_named(web: httpx2.AsyncClient) -> None:
    before = len(statements)
    for query in BAD:
        response = await web.get(f"/v1/gadgets?{query}")
        assert response.status_code == 422, query
        assert [error["pointer"] for error in response.json()["errors"]] == [query.split("=")[0]]
    assert len(statements) == before


async def test_a_list_is_one_statement_and_two_with_a_count(web: httpx2.AsyncClient) -> None:
    statements.clear()
    await web.get("/v1/gadgets?priority=1&owner=anna")
    assert len(statements) == 1
    await web.get("/v1/gadgets?count=exact")
    assert len(statements) == 3


async def test_items_are_the_stored_cards_and_the_default_is_fifty(web: httpx2.AsyncClient) -> None:
    response = await web.get("/v1/gadgets?owner=anna&sort=id&limit=2")
    cards = [row["card"] for row in sorted(ACME, key=lambda r: r["id"]) if row["owner"] == "anna"]
    assert response.text.startswith(f'{{"items":[{cards[0]},{cards[1]}],"next":"')
    assert list((await web.get("/v1/gadgets")).json()) == ["items", "next"]
    assert (await web.get("/v1/gadgets?priority=99")).json() == {"items": [], "next": None}


async def test_an_estimate_is_a_number_and_asks_the_planner_only(web: httpx2.AsyncClient) -> None:
    statements.clear()
    response = await web.get("/v1/gadgets?count=estimated&limit=1")
    assert 20 <= response.json()["count"] <= 45
    assert [text for text in statements if text.startswith("EXPLAIN")] == statements[1:]


async def cursor_of(web: httpx2.AsyncClient, query: str = "", bearer: str = "acme.anna.agent") -> str:
    response = await web.get(f"/v1/gadgets?limit=2&{query}", headers={"authorization": f"Bearer {bearer}"})
    return str(response.json()["next"])


async def test_a_cursor_belongs_to_its_tenant_sort_filters_and_scope(web: httpx2.AsyncClient) -> None:
    cursor = await cursor_of(web, "priority=1&sort=-made_at")
    assert (await web.get(f"/v1/gadgets?priority=1&sort=-made_at&limit=9&cursor={cursor}")).status_code == 200
    for query in ("", "priority=2", "priority=1&sort=made_at", "priority=1&owner=anna", "priority=1&q=a"):
        response = await web.get(f"/v1/gadgets?{query}&cursor={cursor}")
        assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor"), query
    foreign = await cursor_of(web, bearer="other.olga.agent")
    assert (await web.get(f"/v1/gadgets?cursor={foreign}")).status_code == 422
    own = await cursor_of(web, bearer="acme.anna.requester")
    assert (await web.get(f"/v1/gadgets?cursor={own}")).status_code == 422


async def test_a_cursor_that_was_altered_in_any_byte_is_refused(web: httpx2.AsyncClient) -> None:
    cursor = await cursor_of(web)
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for i in range(len(raw)):
        changed = raw[:i] + bytes([raw[i] ^ 1]) + raw[i + 1 :]
        text = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert (await web.get(f"/v1/gadgets?cursor={text}")).status_code == 422


async def test_tenants_never_see_each_other(web: httpx2.AsyncClient) -> None:
    response = await web.get("/v1/gadgets?count=exact", headers={"authorization": "Bearer other.olga.agent"})
    assert {item["id"] for item in response.json()["items"]} == {str(row["id"]) for row in OTHER}
    assert response.json()["count"] == len(OTHER)


async def test_a_scope_narrows_the_page_and_the_count_alike(web: httpx2.AsyncClient) -> None:
    headers = {"authorization": "Bearer acme.bert.requester"}
    response = await web.get("/v1/gadgets?count=exact&limit=200", headers=headers)
    own = {str(row["id"]) for row in ACME if row["owner"] == "bert"}
    assert {item["id"] for item in response.json()["items"]} == own
    assert response.json()["count"] == len(own)
    response = await web.get("/v1/gadgets?owner=anna", headers=headers)
    assert response.json()["items"] == []


@pytest.mark.parametrize("sort", ["made_at", "-made_at"])
async def test_the_next_page_is_found_by_one_descent_of_the_index(web: httpx2.AsyncClient, sort: str) -> None:
    cursor = await cursor_of(web, f"sort={sort}")
    statements.clear()
    await web.get(f"/v1/gadgets?limit=2&sort={sort}&cursor={cursor}")
    app: Any = web._transport.app  # type: ignore[attr-defined]  # the transport keeps the app that it was given
    args: list[object] = ["acme", START + timedelta(hours=3), UUID(int=0), 3]
    async with app.state.db.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statements[0]}", *args))
    assert "gadget_made" in plan
    assert "Sort" not in plan
    condition = next(line for line in plan.splitlines() if "Index Cond" in line)
    assert "ROW(made_at, id)" in condition
    assert "Filter" not in plan


async def test_the_document_tells_every_parameter_that_is_taken(web: httpx2.AsyncClient) -> None:
    document = (await web.get("/openapi.json")).json()
    parameters = {p["name"]: p for p in document["paths"]["/v1/gadgets"]["get"]["parameters"]}
    told = set(parameters)
    assert parameters["kind"]["schema"]["enum"] == ["big", "small"]
    assert told == {*LISTING.grammar.readers, "limit", "cursor", "count", "sort"}

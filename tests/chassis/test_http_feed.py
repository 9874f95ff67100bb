"""`GET /v1/events`: page by page and live, each caller within what they may see."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from itsm_chassis.errors import Unavailable
from itsm_chassis.http import live
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import event
from sqlalchemy import ColumnElement, bindparam
from support.web import client, widgets

ENDED = {"ended": "yes"}
OWN = event.c.actor == bindparam("actor")


def scope(ctx: Context) -> ColumnElement[bool] | None:
    return OWN if "requester" in ctx.roles else None


@pytest.fixture
def app(db: Database) -> FastAPI:
    return widgets(db=db, feed_scope=scope)


@pytest.fixture
async def web(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(app) as made:
        yield made


INSERT = """
INSERT INTO event (id, tenant, subject, sequence, record_id, type, time, recorded_at, actor, envelope)
VALUES ($1, $2, $3, 1, $3, $4, now(), now(), $5, $6)
"""


async def say(
    db: Database, *names: str, tenant: str = "acme", actor: str = "anna", kind: str = "opened"
) -> None:
    """What the relay does after a confirm: the event is there, and the feed has it."""
    for name in names:
        identity = uuid4()
        envelope = json.dumps({"id": str(identity), "name": name, "type": f"itsm.widget.{kind}.v1"})
        await db.execute(
            INSERT,
            identity,
            tenant,
            uuid4(),
            f"itsm.widget.{kind}.v1",
            actor,
            envelope,
        )
        await db.execute("INSERT INTO feed (tenant, event_id) VALUES ($1, $2)", tenant, identity)


async def page(
    web: httpx2.AsyncClient, query: str = "", bearer: str = "acme.anna.agent"
) -> tuple[list[str], Any]:
    response = await web.get(f"/v1/events?{query}", headers={"authorization": f"Bearer {bearer}"})
    assert response.status_code == 200, response.text
    return [item["name"] for item in response.json()["items"]], response.json()


async def test_a_poller_sees_each_event_once_and_in_order(db: Database, web: httpx2.AsyncClient) -> None:
    empty, body = await page(web)
    assert empty == []
    await say(db, *"abcde")
    seen: list[str] = []
    after = body["next"]
    for expected in (["a", "b"], ["c", "d"], ["e"], []):
        names, body = await page(web, f"limit=2&after={after}")
        assert names == expected
        seen, after = seen + names, body["next"]
    await say(db, "f")
    assert (await page(web, f"after={after}"))[0] == ["f"]


async def test_the_items_are_the_published_texts(db: Database, web: httpx2.AsyncClient) -> None:
    await say(db, "a")
    stored = await db.fetchval("SELECT envelope FROM event")
    assert f'{{"items":[{stored}],"next":"' in (await web.get("/v1/events")).text


async def test_a_type_and_a_count_can_be_asked_for(db: Database, web: httpx2.AsyncClient) -> None:
    await say(db, "a", "b")
    await say(db, "c", kind="closed")
    names, body = await page(web, "type=itsm.widget.closed.v1&count=exact&limit=1")
    assert (names, body["count"]) == (["c"], 1)
    assert (await page(web, "count=exact&limit=1"))[1]["count"] == 3


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "after=x", "after=", "nope=1", "type=a&type=b", "count=estimated"]
)
async def test_a_wrong_parameter_is_422_and_named(web: httpx2.AsyncClient, query: str) -> None:
    response = await web.get(f"/v1/events?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == query.split("=")[0]


async def test_tenants_never_see_each_others_events_or_use_each_others_cursors(
    db: Database, web: httpx2.AsyncClient
) -> None:
    await say(db, "a", "b")
    await say(db, "theirs", tenant="other")
    names, body = await page(web, bearer="other.olga.agent")
    assert names == ["theirs"]
    response = await web.get(f"/v1/events?after={body['next']}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_cursor")


async def test_the_feed_scope_narrows_page_count_and_stream(
    db: Database, app: FastAPI, web: httpx2.AsyncClient
) -> None:
    requester = "acme.anna.requester"
    await say(db, "mine")
    await say(db, "not mine", actor="bert")
    names, body = await page(web, "count=exact", requester)
    assert (names, body["count"]) == (["mine"], 1)
    begin = (await page(web, "", requester))[1]["next"]
    async with streaming(app, requester, after=begin) as events:
        await say(db, "hidden", actor="bert")
        await say(db, "mine too")
        assert json.loads((await events.get())["data"])["name"] == "mine too"


@asynccontextmanager
async def streaming(
    app: FastAPI,
    bearer: str = "acme.anna.agent",
    *,
    after: str | None = None,
    last: str | None = None,
) -> AsyncIterator["asyncio.Queue[dict[str, str]]"]:
    """The stream's events as they come; what has no data (comments, the greeting) is left out.

    Straight ASGI, since the client's transport collects a response before it hands it over. The
    greeting is awaited, so that what a test says afterwards is said to a listener.
    """
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    greeted, left = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
            assert dict(message["headers"])[b"content-type"].startswith(b"text/event-stream")
        for block in message.get("body", b"").decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
            if "data" in fields:
                events.put_nowait(fields)
            elif "retry" in fields:
                greeted.set()

    headers = [(b"authorization", f"Bearer {bearer}".encode()), (b"accept", b"text/event-stream")]
    headers += [(b"last-event-id", last.encode())] if last else []
    query = f"after={after}".encode() if after else b""
    scope = {"type": "http", "method": "GET", "path": "/v1/events", "query_string": query, "headers": headers}
    task = asyncio.create_task(app(scope, receive, send))
    task.add_done_callback(lambda _: events.put_nowait(ENDED))
    async with asyncio.timeout(10):
        await greeted.wait()
        yield events
        left.set()
        await task


async def test_a_stream_follows_live_from_now_on(db: Database, app: FastAPI) -> None:
    await say(db, "before")
    async with streaming(app) as events:
        await say(db, "a", "b")
        first, second = await events.get(), await events.get()
    assert [json.loads(e["data"])["name"] for e in (first, second)] == ["a", "b"]
    assert first["event"] == "itsm.widget.opened.v1"
    assert json.loads(first["data"]) == json.loads(
        await db.fetchval("SELECT envelope FROM event WHERE envelope LIKE '%\"a\"%'")
    )


async def test_a_stream_goes_on_after_the_last_event_id(db: Database, app: FastAPI) -> None:
    async with streaming(app) as events:
        await say(db, "a", "b", "c")
        first = await events.get()
    async with streaming(app, last=first["id"]) as events:
        assert [json.loads((await events.get())["data"])["name"] for _ in range(2)] == ["b", "c"]
    async with streaming(app, after=first["id"]) as events:
        assert json.loads((await events.get())["data"])["name"] == "b"


async def test_a_backlog_larger_than_a_batch_is_streamed_whole(
    db: Database, app: FastAPI, monkeypatch: pytest.MonkeyPatch, web: httpx2.AsyncClient
) -> None:
    monkeypatch.setattr(live, "BATCH", 3)
    begin = (await page(web))[1]["next"]
    await say(db, *"abcdefg")
    async with streaming(app, after=begin) as events:
        assert [json.loads((await events.get())["data"])["name"] for _ in range(7)] == list("abcdefg")


async def test_streams_end_when_the_service_stops(app: FastAPI) -> None:
    async with streaming(app) as events:
        app.state.live.close()
        assert await events.get() == ENDED


async def test_without_a_scope_a_requester_may_not_read_the_feed(db: Database) -> None:
    app = widgets(db=db)
    for role, status in (("requester", 403), ("agent", 200), ("service", 200)):
        async with client(app, f"acme.anna.{role}") as web:
            assert (await web.get("/v1/events")).status_code == status


async def test_one_watch_serves_all_listeners_and_ends_with_the_last(app: FastAPI) -> None:
    def watches() -> list["asyncio.Task[Any]"]:
        return [task for task in asyncio.all_tasks() if task.get_name() == "feed-watch"]

    async with streaming(app):
        async with streaming(app):
            (watch,) = watches()
        assert watches() == [watch]
        assert not watch.cancelling()
    await asyncio.wait([watch], timeout=5)
    assert watch.cancelled()


async def test_the_watch_survives_an_error_of_the_database(
    db: Database, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.01)
    real, failures = db.fetchval, iter([Unavailable("away"), RuntimeError("odd")])

    async def failing(sql: str, *args: Any) -> Any:
        error = next(failures, None) if sql == live.NEWEST.sql else None
        if error is not None:
            raise error
        return await real(sql, *args)

    monkeypatch.setattr(db, "fetchval", failing)
    async with streaming(app) as events:
        await say(db, "a")
        assert json.loads((await events.get())["data"])["name"] == "a"
    assert next(failures, None) is None


async def test_silence_is_filled_with_heartbeats(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    reader: Any = Silent()
    stream = live.stream(reader, 0, app.state.live)
    assert (await anext(stream)).startswith("retry: ")
    assert await anext(stream) == ": heartbeat\n\n"
    assert await anext(stream) == ": heartbeat\n\n"
    await stream.aclose()  # type: ignore[attr-defined]  # it is an async generator, typed as an iterator


class Silent:
    """A feed that says nothing."""

    async def after(self, _position: int, _limit: int) -> list[Any]:
        return []

    def cursor(self, position: int) -> str:
        return str(position)

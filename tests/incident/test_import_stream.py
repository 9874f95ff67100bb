"""The import over a real socket, with clients that do not behave."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI
from itsm_chassis.http.import_client import Importer
from itsm_chassis.store.database import Database
from support.eventually import until

from .test_import import line

HEAD = (
    b"POST /v1/incidents:import HTTP/1.1\r\nHost: incident\r\nConnection: close\r\n"
    b"Authorization: Bearer acme/mover/service\r\nContent-Type: application/x-ndjson\r\n"
)


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[uvicorn.Server]:
    config = uvicorn.Config(app, port=0, http="httptools", lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    await until(lambda: asyncio.sleep(0, server.started))
    yield server
    server.should_exit = True
    await running


def port(server: uvicorn.Server) -> int:
    return int(server.servers[0].sockets[0].getsockname()[1])


def unchunked(body: bytes) -> bytes:
    """The content of a body in HTTP/1.1's chunked encoding."""
    found, at = [], 0
    while size := int(body[at : (start := body.index(b"\r\n", at) + 2)], 16):
        found.append(body[start : start + size])
        at = start + size + 2
    return b"".join(found)


async def test_a_client_that_reads_only_after_it_has_sent_all_is_served(served: uvicorn.Server) -> None:
    count, padding = 12_000, b'{"padding": "' + b"x" * 1200 + b'"}\n'
    reader, writer = await asyncio.open_connection("127.0.0.1", port(served), limit=2**16)
    writer.write(HEAD + f"Content-Length: {count * len(padding)}\r\n\r\n".encode())
    for _ in range(count // 100):
        writer.write(padding * 100)
        await asyncio.wait_for(writer.drain(), 30)
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200")
    results = [json.loads(text) for text in unchunked(answer.partition(b"\r\n\r\n")[2]).splitlines()]
    assert [result["line"] for result in results] == list(range(1, count + 1))


async def test_a_client_that_hangs_up_leaves_whole_chunks_only(served: uvicorn.Server, db: Database) -> None:
    lines = [json.dumps(line(f"H-{i}")).encode() + b"\n" for i in range(700)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port(served))
    writer.write(HEAD + b"Content-Length: 1000000\r\n\r\n" + b"".join(lines))
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
    writer.close()
    await until(lambda: asyncio.sleep(0, not served.server_state.connections))
    assert await db.fetchval("SELECT count(*) FROM incident") == 500


async def test_the_client_numbers_lines_over_all_of_its_requests(served: uvicorn.Server) -> None:
    lines = [json.dumps(line(f"N-{i}")).encode() for i in range(600)]
    importer = Importer(f"http://127.0.0.1:{port(served)}/v1/incidents:import", "acme/mover/service")
    results = await asyncio.to_thread(lambda: list(importer.results([*lines, b"{}"])))
    assert [result["line"] for result in results] == list(range(1, 602))
    assert [result["status"] for result in results[-2:]] == ["created", "invalid"]

"""Kill any process in the middle of the work: the figures end the same, and no acknowledged write is lost."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from faults import history
from faults.desk import RECOVERED_S, Desk
from support.eventually import until
from support.stack import Stack

INCIDENTS = 800
ABSENT_S = 60

Check = Callable[[Desk], Awaitable[None]]


@dataclass(frozen=True)
class Reference:
    """What a run without faults ends with."""

    lines: list[bytes]
    events: int
    figures: dict[tuple[str, str], Any]


_reference: list[Reference] = []


@pytest.fixture
async def reference(live: Stack) -> Reference:
    if not _reference:
        lines = history.lines(INCIDENTS)
        async with Desk(live, "untroubled") as desk:
            await desk.send(lines)

            async def quiet() -> int | None:
                answer = await desk.incident.get("/metrics")
                return await desk.said() if "itsm_outbox_events 0.0" in answer.text else None

            events: int = await until(quiet, within_s=RECOVERED_S)
            await desk.caught_up(events)
            _reference.append(Reference(lines, events, await desk.figures()))
    return _reference[0]


@pytest.fixture
def rebuilt_equal(live: Stack, reference: Reference) -> Check:
    """What every test ends with: the same figures, also after a rebuild from the raw events."""

    async def check(desk: Desk) -> None:
        await desk.caught_up(reference.events)
        assert await desk.figures() == reference.figures
        await asyncio.to_thread(live.launcher, "service", "metrics", "rebuild")
        assert await desk.figures() == reference.figures

    return check


async def restarted(live: Stack, name: str, old_pid: int) -> None:
    """Wait until the launcher has put another process in its place and it is ready."""

    async def back() -> bool:
        part = (await asyncio.to_thread(live.parts))[name]
        return part.pid not in (0, old_pid) and part.state == "ready"

    await until(back, within_s=RECOVERED_S, every_s=0.2)


@pytest.mark.parametrize(
    ("victim", "how"),
    [
        ("metrics", signal.SIGKILL),
        ("incident", signal.SIGKILL),
        ("rabbitmq", signal.SIGKILL),
        ("postgres", signal.SIGINT),
        ("postgres", signal.SIGKILL),
    ],
)
async def test_killed_in_the_middle_of_an_import_the_figures_end_the_same(
    live: Stack,
    reference: Reference,
    rebuilt_equal: Callable[[Desk], Awaitable[None]],
    victim: str,
    how: signal.Signals,
) -> None:
    async with Desk(live, f"{victim}-{how.name.lower()}") as desk:
        sending = asyncio.create_task(desk.send(reference.lines))
        await desk.between(reference.events // 10, reference.events * 6 // 10)
        pid = live.kill(victim, how)
        await sending
        await restarted(live, victim, pid)
        await rebuilt_equal(desk)


async def test_without_a_broker_for_a_minute_creates_keep_answering_201_and_all_are_counted(
    live: Stack,
) -> None:
    async with Desk(live, "brokerless") as desk:
        # RabbitMQ 3.10 takes over a minute to mend a quorum queue that is killed while it is being declared.
        await create(desk, "Before")
        await desk.caught_up(1)
        async with broker_away(live):

            async def degraded() -> bool:
                answer = await desk.incident.get("/readyz")
                return answer.text == '{"status":"degraded"}'

            await until(degraded)
            created = await create_until(desk, time.monotonic() + ABSENT_S)
            assert await desk.applied() == 1, "events arrived although there was no broker"
        await desk.caught_up(1 + created)
        backlog = (await desk.metrics.get("/v1/kpis/backlog")).json()
        assert backlog["value"] == 1 + created


@asynccontextmanager
async def broker_away(live: Stack) -> AsyncIterator[None]:
    """Kill the broker and keep its port, so that none of the launcher's attempts to start it succeeds."""
    broker = (await asyncio.to_thread(live.parts))["rabbitmq"]

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def taken() -> asyncio.Server | None:
        try:
            return await asyncio.start_server(hang_up, "127.0.0.1", broker.port)
        except OSError:
            return None

    os.kill(broker.pid, signal.SIGKILL)
    server: asyncio.Server = await until(taken)
    try:
        yield
    finally:
        server.close()


async def create(desk: Desk, title: str) -> None:
    """Open an incident; it must be answered 201."""
    body = {"title": title, "impact": "low", "urgency": "low"}
    answer = await desk.incident.post("/v1/incidents", json=body)
    assert answer.status_code == 201, answer.text


async def create_until(desk: Desk, ends: float) -> int:
    """Open incidents one after another; each must be stored, and the service must stay ready."""
    created = 0
    while time.monotonic() < ends:
        await create(desk, f"Without a broker {created}")
        created += 1
        assert (await desk.incident.get("/readyz")).status_code == 200
    return created

"""Scaling out: HTTP alone, workers alone, beside the process that does both."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from support.eventually import until
from support.stack import Stack, ask


@contextmanager
def replica(live: Stack, *words: str) -> Iterator[str]:
    """Another process of the incident service on a port of its own; its address. SIGTERM must end it well."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = json.loads((live.folder / "environment" / "incident.json").read_text())
    environment = os.environ | settings | {"ITSM_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "itsm_incident", *words], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0


async def test_what_a_replica_without_workers_stores_is_said_by_the_active_relay(live: Stack) -> None:
    token = {"Authorization": f"Bearer {live.token('admin', 'replicas')}"}
    with replica(live, "serve", "--http-only") as address:
        async with httpx2.AsyncClient(base_url=address, headers=token) as http:
            await until(lambda: ask(http, "/readyz"))
            body = {"title": "From a replica", "impact": "low", "urgency": "low"}
            assert (await http.post("/v1/incidents", json=body)).status_code == 201
    async with live.client("metrics", "admin", "replicas") as metrics:

        async def counted() -> bool:
            return '"value":1,' in (await metrics.get("/v1/kpis/backlog")).text

        await until(counted)


async def test_a_worker_answers_for_its_health_and_serves_nothing_else(live: Stack) -> None:
    token = {"Authorization": f"Bearer {live.token('admin', 'replicas')}"}
    with replica(live, "work") as address:
        async with httpx2.AsyncClient(base_url=address, headers=token) as http:

            async def ready() -> bool:
                return bool(await ask(http, "/readyz") == {"status": "ready"})

            await until(ready)
            assert "itsm_outbox_events" in (await http.get("/metrics")).text
            assert (await http.get("/v1/incidents")).status_code == 404

"""A whole stack of its own for a test: the product's launcher, with another state folder and other ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

BOUND_S = 180


@dataclass(frozen=True)
class Part:
    """A line of `make ps`."""

    pid: int
    port: int
    state: str


class Stack:
    """Four services, PostgreSQL and RabbitMQ, as `make up` starts them."""

    def __init__(self) -> None:
        """Choose a folder that PostgreSQL's unprivileged user can enter, and free ports."""
        self.folder = Path(tempfile.mkdtemp(prefix="itsm-stack-"))
        self.folder.chmod(0o711)
        self.base = free_base()

    def launcher(self, *words: str) -> str:
        """Run one of the launcher's commands; what it printed."""
        environment = {**os.environ, "ITSM_RUN_FOLDER": str(self.folder), "ITSM_PORT_BASE": str(self.base)}
        done = subprocess.run(
            [sys.executable, "-m", "itsm_local", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=BOUND_S,
            check=False,
        )
        assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def parts(self) -> dict[str, Part]:
        """Every part by its name; pid 0 where it has none at the moment."""
        rows = [line.split() for line in self.launcher("ps").splitlines()[1:]]
        return {row[0]: Part(number(row[1]), number(row[2]), row[3]) for row in rows if len(row) >= 4}

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> int:
        """Signal a part by the pid that `make ps` shows; that pid."""
        pid = self.parts()[name].pid
        os.kill(pid, how)
        return pid

    def token(self, role: str, tenant: str) -> str:
        """A bearer token of the development issuer."""
        os.environ.update(ROLE=role, TENANT=tenant)
        return self.launcher("token").splitlines()[-1]

    def url(self, service: str) -> str:
        """Where a service answers."""
        return (
            f"http://127.0.0.1:{self.base + 1 + ['incident', 'change', 'catalog', 'metrics'].index(service)}"
        )

    def client(self, service: str, role: str, tenant: str) -> httpx2.AsyncClient:
        """A client of one service, in one role and tenant."""
        held = {"Authorization": f"Bearer {self.token(role, tenant)}"}
        return httpx2.AsyncClient(base_url=self.url(service), headers=held, timeout=60)


def number(text: str) -> int:
    """A pid or port; 0 for none."""
    return int(text) if text.isdigit() else 0


def free_base() -> int:
    """A number whose five successors are free ports; below those that outgoing connections get."""
    for base in range(12000 + os.getpid() % 1000 * 10, 30000, 10):
        try:
            for port in range(base + 1, base + 6):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return base
    raise RuntimeError("no five free ports in a row")


def demo(live: Stack, tenant: str, *words: str) -> str:
    """Run `make demo` on a running stack, or `make demo-year`; what it printed."""
    place = {"ITSM_RUN_FOLDER": str(live.folder), "ITSM_PORT_BASE": str(live.base), "TENANT": tenant}
    command = [sys.executable, "-m", "itsm_demo", *words]
    done = subprocess.run(command, env=os.environ | place, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def ask(client: httpx2.AsyncClient, path: str) -> Any:
    """The JSON of a GET, or None while the service does not answer 200."""
    try:
        answer = await client.get(path)
    except httpx2.HTTPError:
        return None
    return json.loads(answer.content) if answer.status_code == 200 else None

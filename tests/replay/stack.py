"""The running stack, as an outsider sees it: two addresses and a token, nothing else."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx2

PATIENCE_S: Final = 180.0
PAUSE_S: Final = 0.3


class Away(Exception):
    """A service does not answer for too long, or refuses; the message says what to do."""


class Stack:
    """Reads that wait for a service to come back."""

    def __init__(self, tenant: str, waiting: Callable[[str], None]) -> None:
        """Addresses from ITSM_PORT_BASE, the token from ITSM_TOKEN or the development issuer."""
        base = int(os.environ.get("ITSM_PORT_BASE") or 8000)
        self.incident = os.environ.get("ITSM_INCIDENT_URL") or f"http://127.0.0.1:{base + 1}"
        self.change = os.environ.get("ITSM_CHANGE_URL") or f"http://127.0.0.1:{base + 2}"
        self.metrics = os.environ.get("ITSM_METRICS_URL") or f"http://127.0.0.1:{base + 4}"
        self.catalog = os.environ.get("ITSM_CATALOG_URL") or f"http://127.0.0.1:{base + 3}"
        self.token = os.environ.get("ITSM_TOKEN") or issued(tenant)
        self._waiting = waiting
        self._http = httpx2.Client(timeout=httpx2.Timeout(60.0, connect=3.0), trust_env=False)

    def json(self, url: str, **params: Any) -> Any:
        """The JSON that an address answers."""
        return self._get(url, params).json()

    def creates(self, url: str, body: dict[str, Any]) -> None:
        """Create a version of something that is named by its key, unless it is there."""
        held = {"Authorization": f"Bearer {self.token}"}
        if self._http.get(f"{url}/{body['key']}", headers=held).status_code == 200:
            return
        answer = self._http.post(url, json=body, headers=held)
        if answer.status_code != 201:
            raise Away(f"{url} answers {answer.status_code}: {answer.text[:300]}")

    def lines(self, url: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The lines that an address streams, each as it comes."""
        held = {"Authorization": f"Bearer {self.token}"}
        with self._http.stream("POST", url, json=body, headers=held) as answer:
            if answer.status_code != 200:
                raise Away(f"{url} answers {answer.status_code}: {answer.read().decode()[:300]}")
            for line in answer.iter_lines():
                yield json.loads(line)

    def unsaid(self, address: str) -> int:
        """Events that a service has stored and not yet said on the bus."""
        text = self._get(f"{address}/metrics", {}).text
        lines = [line for line in text.splitlines() if line.startswith("itsm_outbox_events ")]
        return int(float(lines[0].split()[1])) if lines else 0

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _get(self, url: str, params: dict[str, Any]) -> httpx2.Response:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = self._http.get(url, params=params, headers={"Authorization": f"Bearer {self.token}"})
            except httpx2.TransportError as error:
                fault = type(error).__name__
            else:
                if answer.status_code == 200:
                    return answer
                if answer.status_code < 500:
                    raise Away(f"{url} answers {answer.status_code}: {answer.text[:300]}")
                fault = str(answer.status_code)
            if time.monotonic() > deadline:
                raise Away(f"{url} has not answered for {PATIENCE_S:.0f} s ({fault}). Is `make up` running?")
            self._waiting(f"waiting for {url} ({fault})")
            time.sleep(PAUSE_S)


def issued(tenant: str) -> str:
    """A token of the local development issuer."""
    asked = {**os.environ, "ROLE": "admin", "TENANT": tenant, "SUB": "replay"}
    command = [sys.executable, "-m", "itsm_local", "token"]
    done = subprocess.run(command, env=asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Away(f"There is no token to be had: {done.stderr.strip()}. Set ITSM_TOKEN, or run `make up`.")
    return done.stdout.split()[-1]

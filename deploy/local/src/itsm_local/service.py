"""One of our four services as a process: migrated once per launch, then served."""

import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from itsm_local.failure import LauncherError
from itsm_local.passwords import write_private
from itsm_local.processes import Child, Identity, how_it_ended


class Service:
    """`settings` is asked once, at the first start: it may wait for the database, and makes what is missing.

    start() returns once the service answers 200 on /readyz, and waits for that while the process lives.
    """

    def __init__(
        self,
        name: str,
        port: int,
        run: Path,
        log: Path,
        record: Path,
        settings: Callable[[], Mapping[str, str]],
    ) -> None:
        self.name = name
        self.port = port
        self._record = record
        self._settings = settings
        self._environment: dict[str, str] = {}
        self._child = Child(name, run, log)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def identity(self) -> Identity | None:
        """The service's process, or None while it does not run."""
        return self._child.identity

    def start(self) -> None:
        """Migrate (the first time), serve, and wait until it is ready."""
        if not self._environment:
            self._migrate()
        self._child.launch(self._command("serve"), self._environment)
        while readiness(self.port) is None:
            if self.identity is None:
                how = how_it_ended(self._child.wait())
                raise LauncherError(f"{self.name} {how} while it started; see {self._child.log}.")
            time.sleep(0.05)

    def wait(self) -> int:
        """Block until the process has ended."""
        return self._child.wait()

    def stop(self, *, final: bool = False) -> None:
        """SIGTERM: the service finishes what it has begun and exits; killed after ten seconds."""
        self._child.stop(final=final)

    def _migrate(self) -> None:
        settings = {**self._settings(), "ITSM_HOST": "127.0.0.1", "ITSM_PORT": str(self.port)}
        write_private(self._record, json.dumps(settings, indent=1))
        # The caller's environment comes first: log levels and the like can be set for one `make up`.
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
        self._child.launch(self._command("migrate"), environment)
        code = self._child.wait()
        if code:
            raise LauncherError(f"The migration of {self.name} {how_it_ended(code)}; see {self._child.log}.")
        self._environment = environment

    def _command(self, verb: str) -> list[str]:
        return [sys.executable, "-m", f"itsm_{self.name}", verb]


def readiness(port: int) -> str | None:
    """ "ready" or "degraded" as the service itself says, None while it does not answer 200 on /readyz."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read()
        return str(json.loads(body)["status"]) if response.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return None
    finally:
        connection.close()

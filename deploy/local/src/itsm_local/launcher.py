"""The process that starts all parts in order, keeps them running, and stops them in order."""

import fcntl
import os
import shutil
import signal
import threading
import time
from pathlib import Path

from itsm_local import leftovers, ports
from itsm_local.clone import SERVICES, Clone
from itsm_local.failure import LauncherError
from itsm_local.keeper import Keeper
from itsm_local.processes import Identity, start_of
from itsm_local.rabbitmq import RabbitMQ
from itsm_local.stack import Stack, assemble, port_of
from itsm_local.status import Line, Status

START_SECONDS = 120
LARGEST_LOG = 50 * 1024 * 1024


class Launcher:
    """One per clone, which a lock on .run/lock makes sure of."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._told = threading.Event()
        self._writing = threading.RLock()
        self._phase = "starting"
        self._failure = ""
        self._culprit = "launcher"
        self._stack = Stack()
        self._keepers: list[Keeper] = []
        self._began = time.monotonic()
        self._identity = Identity(os.getpid(), start_of(os.getpid()) or "")

    def run(self) -> int:
        """Start everything, stay until SIGTERM, SIGINT or SIGHUP, stop everything; the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._told.set())
        with self._clone.lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LauncherError(
                    "This clone runs already: `make ps` shows it, `make down` stops it."
                ) from None
            try:
                self._start()
                self._wait_until_ready()
                while not self._told.wait(1):
                    self._shorten_logs()
            except LauncherError as error:
                self._fail(str(error))
            finally:
                self._stop()
        return 1 if self._failure else 0

    def say(self, text: str) -> None:
        """A line in the launcher's log, which `make up` and `make run` show."""
        with self._writing, self._clone.log("launcher").open("a") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {text}\n")

    def _start(self) -> None:
        leftovers.end(self._clone, self.say)
        self._note()
        self._stack = assemble(self._clone, self.say)
        for service in (*self._stack.services, *self._stack.servers):
            if service.name in (*SERVICES, "issuer") and not ports.is_free(service.port):
                raise LauncherError(
                    f"Port {service.port}, where {service.name} would answer, is in use by another program: "
                    "end that one, or move ours, for instance with `make up ITSM_PORT_BASE=9000`."
                )
        for name, url in self._stack.external.items():
            self.say(f"{name}: using the one given, port {port_of(url)}")
        for server in self._stack.servers:
            if isinstance(server, RabbitMQ):
                server.fetch()
        self._began = time.monotonic()
        self.say("starting " + ", ".join(part.name for part in (*self._stack.servers, *self._stack.services)))
        self._keepers = [
            Keeper(part, self.say, self._note) for part in (*self._stack.servers, *self._stack.services)
        ]
        for keeper in self._keepers:
            keeper.start()

    def _wait_until_ready(self) -> None:
        missing = self._keepers
        while missing and not self._told.wait(0.05):
            for keeper in missing:
                if keeper.failure:
                    self._culprit = keeper.name
                    raise LauncherError(keeper.failure)
            missing = [keeper for keeper in missing if not keeper.has_run.is_set()]
            if "postgres" not in {keeper.name for keeper in missing}:
                self._stack.database_answers.set()
            if missing and time.monotonic() - self._began > START_SECONDS:
                self._culprit = missing[0].name
                raise LauncherError(f"{self._culprit} was not ready after {START_SECONDS} s.")
        if not missing:
            self.say(f"everything answers, {time.monotonic() - self._began:.1f} s after the start")
            self._phase = "ready"
            self._note()

    def _stop(self) -> None:
        if self._phase != "failed":
            self._phase = "stopping"
            self.say("stopping ...")
        self._note()
        began = time.monotonic()
        services = [keeper for keeper in self._keepers if keeper.name in SERVICES]
        enders = [threading.Thread(target=keeper.stop) for keeper in services]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join()
        for name in ("issuer", "rabbitmq", "postgres"):
            for keeper in self._keepers:
                if keeper.name == name:
                    keeper.stop()
        if self._keepers:
            self.say(f"everything has ended, {time.monotonic() - began:.1f} s after it was told to")
        self._phase = "failed" if self._failure else "stopped"
        self._note()

    def _fail(self, why: str) -> None:
        self._phase, self._failure = "failed", why
        self.say(why)

    def _note(self) -> None:
        with self._writing:
            lines = [Line(name, None, port_of(url), "external") for name, url in self._stack.external.items()]
            lines += [Line(k.name, k.part.identity, k.part.port, k.state) for k in self._keepers]
            Status(self._identity, self._phase, lines, self._failure, self._culprit).write(self._clone.status)

    def _shorten_logs(self) -> None:
        for log in self._clone.logs.glob("*.log"):
            if log.stat().st_size > LARGEST_LOG:
                shutil.copyfile(log, Path(f"{log}.1"))
                os.truncate(log, 0)  # every writer appends, so it goes on at the new end

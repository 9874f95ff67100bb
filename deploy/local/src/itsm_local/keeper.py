"""Keeps one part running: starts it, waits for its end, starts it again."""

import threading
import time
import traceback
from collections.abc import Callable
from typing import Protocol

from itsm_local.failure import LauncherError
from itsm_local.processes import Identity, how_it_ended

# Seconds before the n-th restart in a row. One crash is repaired at once; a loop must not eat the machine.
DELAYS = (0.0, 0.5, 1.0, 2.0, 2.0, 5.0, 10.0)
STEADY_SECONDS = 30.0


class Part(Protocol):
    """What can be kept: start() returns when it answers, wait() when it has ended."""

    name: str
    port: int

    @property
    def url(self) -> str: ...
    @property
    def identity(self) -> Identity | None: ...
    def start(self) -> None: ...
    def wait(self) -> int: ...
    def stop(self, *, final: bool = False) -> None: ...


class Keeper(threading.Thread):
    """A thread per part. `state` is starting, running, restarting, failed or stopped.

    What has never run is not tried again: its first failure is kept in `failure`, and the launcher gives up.
    """

    def __init__(self, part: Part, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        super().__init__(name=part.name, daemon=True)
        self.part = part
        self.state = "starting"
        self.failure: str | None = None
        self.has_run = threading.Event()
        self._say = say
        self._changed = changed
        self._stopping = threading.Event()

    def run(self) -> None:
        """Until stop(), or until the first start fails."""
        crashes = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self.part.start()
            except Exception as error:
                if self._stopping.is_set():
                    return
                why = _told(error)
                if not self.has_run.is_set():
                    self.failure = why
                    self._become("failed")
                    return
            else:
                self.has_run.set()
                self._say(f"{self.name} answers on port {self.part.port} (pid {_pid(self.part)})")
                self._become("running")
                why = f"{self.name} {how_it_ended(self.part.wait())}."
            if self._stopping.is_set():
                return
            crashes = 0 if time.monotonic() - began > STEADY_SECONDS else crashes
            delay = DELAYS[min(crashes, len(DELAYS) - 1)]
            crashes += 1
            self._say(f"{why} Starting it again" + (f" in {delay:g} s." if delay else "."))
            self._become("restarting")
            self._stopping.wait(delay)

    def stop(self) -> None:
        """End the part for good."""
        self._stopping.set()
        self.part.stop(final=True)
        self._become("stopped")

    def _become(self, state: str) -> None:
        self.state = state
        self._changed()


def _pid(part: Part) -> int | str:
    return part.identity.pid if part.identity else "gone"


def _told(error: Exception) -> str:
    # Anything but a sentence of ours is a mistake of ours; a thread that dies of one says nothing.
    return str(error) if isinstance(error, LauncherError) else "".join(traceback.format_exception(error))

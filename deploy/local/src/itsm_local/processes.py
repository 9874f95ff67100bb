"""Operating-system processes: told apart for certain, started detached, ended within a bound."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Every process that we start carries these two in its environment, and hands them to its own children:
# that is how `make down` finds what a killed launcher left behind, even a child that it had no time to
# write down.
FOLDER_MARK = "ITSM_LAUNCHED_FROM"
PART_MARK = "ITSM_LAUNCHED_AS"


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with a recycled pid."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Whether exactly this process still runs (a zombie does not)."""
        return start_of(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when the process is gone."""
        if self.is_alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def start_of(pid: int) -> str | None:
    """When the process started, in words that no other process of this pid shares; None when it is gone."""
    try:
        # The name in brackets may hold anything, so fields are counted from behind it: state is the first.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self").exists() else _start_by_ps(pid)
    return None if fields[0] in "ZX" else f"{_boot()}/{fields[19]}"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start_by_ps(pid: int) -> str | None:
    shown = subprocess.run(["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True)
    start, _, state = shown.stdout.strip().rpartition(" ")
    return None if not start or state.startswith("Z") else start.strip()


def marked(folder: Path) -> list[tuple[str, Identity]]:
    """(part, process) for the processes started for this folder by any launcher, dead or alive (Linux).

    Without their own children, which they end themselves: a broker whose helpers are ended first crashes.
    """
    mark = f"{FOLDER_MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        started = start_of(int(entry.name))
        if mark in environment and started:
            part = next(v for v in environment if v.startswith(PART_MARK.encode())).partition(b"=")[2]
            found.append((part.decode(), Identity(int(entry.name), started)))
    pids = {process.pid for _, process in found}
    return [(part, process) for part, process in found if _parent_of(process.pid) not in pids]


def _parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def end(processes: Sequence[Identity], number: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> None:
    """Signal all of them, wait up to `grace` seconds, then kill what is left and wait for that too."""
    for process in processes:
        process.signal(number)
    for last, bound in ((False, grace), (True, 5.0)):
        deadline = time.monotonic() + bound
        while any(process.is_alive() for process in processes) and time.monotonic() < deadline:
            time.sleep(0.02)
        if not last:
            for process in processes:
                process.signal(signal.SIGKILL)


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class Child:
    """One process at a time in a session of its own, its output appended to a log file.

    It holds none of the caller's stdin, stdout and stderr, gets no Ctrl-C of the caller's terminal, and
    cannot be launched any more once it has been stopped for good, whichever thread was about to do so.
    """

    def __init__(self, name: str, folder: Path, log: Path) -> None:
        self.name = name
        self.log = log
        self._marks = {FOLDER_MARK: str(folder), PART_MARK: name}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = ""
        self._closed = False

    @property
    def identity(self) -> Identity | None:
        """The running process, or None."""
        process = self._process
        return Identity(process.pid, self._started) if process and process.poll() is None else None

    def launch(self, command: Sequence[str | Path], environment: Mapping[str, str], **options: Any) -> None:
        """Start the command with exactly this environment; `options` go to subprocess.Popen (cwd, user)."""
        with self._lock, self.log.open("ab") as log:
            if self._closed:
                return
            self._process = subprocess.Popen(
                command,
                env={**environment, **self._marks},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **options,
            )
            self._started = start_of(self._process.pid) or ""

    def wait(self) -> int:
        """Block until the process has ended; its exit code, negative for the signal that killed it."""
        return self._process.wait() if self._process else 0

    def stop(
        self, number: signal.Signals = signal.SIGTERM, grace: float = 10.0, *, final: bool = False
    ) -> None:
        """End the process (killed after `grace` seconds) with its group where it does not obey."""
        with self._lock:
            self._closed = self._closed or final
            process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(number)
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()

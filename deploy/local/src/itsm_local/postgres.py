"""A private PostgreSQL server: own folder, own port on the loopback address, passwords only."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

from itsm_local import postgres_binaries, unprivileged
from itsm_local.failure import LauncherError
from itsm_local.passwords import password
from itsm_local.ports import recorded
from itsm_local.processes import FOLDER_MARK, PART_MARK, Child, Identity

ADMIN = "itsm_admin"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "timezone": "UTC",
}
# For servers whose data nobody needs after a crash of the machine (a crash of the server loses nothing).
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}
START_SECONDS = 60


class Postgres:
    """PostgreSQL with its data in `folder` (as root: perhaps elsewhere, see unprivileged.home_for).

    start() returns once it takes connections, and may be called again after stop(), kill() or a crash; port
    and url stay the same. `url` is the administrator's, who may create databases and roles.
    """

    name = "postgres"

    def __init__(self, folder: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._settings = SETTINGS if durable else SETTINGS | FORGETFUL
        self._data = unprivileged.home_for(self.folder) / "data"
        self.port = recorded(self.folder, [self.name])[self.name]
        self._child = Child(self.name, self.folder, log or self.folder / "postgres.log")
        self._password = password(self.folder, ADMIN)

    @property
    def url(self) -> str:
        """postgresql:// address of the administrator, database postgres."""
        return f"postgresql://{ADMIN}:{self._password}@127.0.0.1:{self.port}/postgres"

    @property
    def identity(self) -> Identity | None:
        """The server's main process, or None while it does not run."""
        return self._child.identity

    @property
    def pid(self) -> int | None:
        """Process id of the server's main process."""
        return self.identity.pid if self.identity else None

    def start(self) -> None:
        """Create the data folder if there is none, start the server and wait until it takes connections."""
        binaries = postgres_binaries.bin_folder()
        if not (self._data / "PG_VERSION").exists():
            self._initialize(binaries)
        made_by = int((self._data / "PG_VERSION").read_text())
        if made_by != postgres_binaries.major(binaries):
            raise LauncherError(
                f"The data in {self._data} was written by PostgreSQL {made_by}, but {binaries} holds "
                f"{postgres_binaries.major(binaries)}: name a folder of version {made_by} in ITSM_PG_BIN, "
                "or drop the data with `make reset`."
            )
        options = [word for key, value in self._settings.items() for word in ("-c", f"{key}={value}")]
        command: list[str | Path] = [binaries / "postgres", "-D", self._data, "-p", str(self.port), *options]
        self._child.launch(command, self._environment(), cwd=self._data, **unprivileged.run_as())
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._child.identity is None or time.monotonic() > deadline:
                self.stop()
                raise LauncherError(f"PostgreSQL did not start; its own words are in {self._child.log}.")
            time.sleep(0.02)

    def wait(self) -> int:
        """Block until the server has ended."""
        return self._child.wait()

    def stop(self, *, final: bool = False) -> None:
        """Close all connections, write everything down, end."""
        self._child.stop(signal.SIGINT, final=final)

    def kill(self) -> None:
        """kill -9."""
        self._child.kill()

    def drop(self) -> None:
        """Stop the server and remove its data, wherever it lies."""
        self.stop()
        shutil.rmtree(
            self._data.parent if self._data.parent != self.folder else self._data, ignore_errors=True
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

    def _initialize(self, binaries: Path) -> None:
        # Made under another name: an initdb that is interrupted leaves no half of a data folder.
        draft = self._data.with_name("data.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700, parents=True)
        draft.parent.chmod(0o711)
        secret = draft.with_name(f".{ADMIN}")
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        unprivileged.give(secret)
        unprivileged.give(draft)
        command: list[str | Path] = [binaries / "initdb", "-D", draft, "-U", ADMIN, f"--pwfile={secret}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"]
        # Sorted by code point everywhere: pages and cursors must not change with the machine's language.
        command += ["--lc-collate=C", "--lc-ctype=C.UTF-8"]
        environment = self._environment() | {FOLDER_MARK: str(self.folder), PART_MARK: self.name}
        done = subprocess.run(
            command, cwd="/", env=environment, capture_output=True, text=True, **unprivileged.run_as()
        )
        secret.unlink()
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise LauncherError(f"initdb could not create {self._data}: {done.stderr.strip()}")
        draft.rename(self._data)

    def _is_ready(self) -> bool:
        # The server's own status file, which is also what pg_ctl waits for: pid first, state in line 8.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and int(lines[0]) == self.pid and lines[7].strip() == "ready"

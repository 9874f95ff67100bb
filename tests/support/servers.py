"""One private PostgreSQL and one private RabbitMQ per test session, started when a test first asks for them.

Under xdist the workers share them: the controller names the folder, the worker that comes first starts the
server under a file lock. A guardian process (itsm_local.private) owns each server and ends it with the
controller, even where that was killed. Fixtures: `postgres_url` (an administrator), `amqp_url` (a virtual
host of this worker alone), `server_folder` (for servers that a test starts and kills itself).
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = "ITSM_TEST_SERVERS"
OWNER = "ITSM_TEST_OWNER"
START_SECONDS = 180  # the first time on a machine the broker has to be fetched


def pytest_configure(config: pytest.Config) -> None:
    """In the controller: a folder that PostgreSQL's unprivileged user can enter, known to all workers."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="itsm-tests-")
        os.chmod(folder, 0o711)  # noqa: S103 - entered by another user; the names in it are not to be listed
        os.environ[FOLDER] = folder
        os.environ[OWNER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """In the controller: end the guardians and wait for them, so that nothing outlives the session."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ.pop(FOLDER))
    guardians = [int(file.read_text()) for file in folder.glob("*.pid")]
    for pid in guardians:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while any(_signal(pid, 0) for pid in guardians) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """postgresql:// address of the session's server, as a role that may create databases and roles."""
    return _addresses("postgres", [])[0]


@pytest.fixture(scope="session")
def amqp_url() -> str:
    """amqp:// address of a virtual host that only this worker uses."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return _addresses("rabbitmq", [f"worker-{n}" for n in range(workers)])[number]


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for servers that a test starts, kills and restarts itself (they are dropped by the test)."""
    folder = Path(tempfile.mkdtemp(prefix="itsm-server-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _addresses(kind: str, arguments: list[str]) -> list[str]:
    folder = Path(os.environ[FOLDER])
    with (folder / f"{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = folder / kind / "address.json"
        if not (folder / f"{kind}.pid").exists():
            _start_guardian(kind, folder, arguments)
        deadline = time.monotonic() + START_SECONDS
        while not answer.exists():
            if time.monotonic() > deadline:
                pytest.fail(f"the tests' {kind} did not start: see {folder / kind}")
            time.sleep(0.05)
    told = json.loads(answer.read_text())
    if "error" in told:
        pytest.fail(f"the tests' {kind} did not start: {told['error']}")
    urls: list[str] = told["urls"]
    return urls


def _start_guardian(kind: str, folder: Path, arguments: list[str]) -> None:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "itsm_local.private",
        kind,
        folder / kind,
        os.environ[OWNER],
        *arguments,
    ]
    with (folder / f"{kind}.log").open("wb") as log:
        guardian = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    (folder / f"{kind}.pid").write_text(str(guardian.pid))
    guardian.returncode = 0  # it outlives this worker on purpose; the controller ends it


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
        # Ours when pytest runs without workers: then it has to be collected, or it stays as a zombie.
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ProcessLookupError:
        return False
    except ChildProcessError:
        return True

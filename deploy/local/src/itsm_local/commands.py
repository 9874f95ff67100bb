"""What each `make` target of the launcher does. Every function answers an exit code."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from itsm_local import leftovers
from itsm_local.clone import SERVERS, SERVICES, Clone, service_ports
from itsm_local.failure import LauncherError
from itsm_local.issuer import ROLES, TENANT
from itsm_local.launcher import Launcher
from itsm_local.logs import Follower, tail
from itsm_local.postgres import Postgres
from itsm_local.processes import end
from itsm_local.service import readiness
from itsm_local.stack import issuer_of
from itsm_local.status import Line, Status

STOP_SECONDS = 40.0


def run(clone: Clone) -> int:
    """In the foreground, with the logs of all parts, until Ctrl-C."""
    follower = Follower(clone.log(name) for name in ("launcher", *SERVERS, *SERVICES))
    ended = threading.Event()

    def show() -> None:
        announced = False
        while not ended.wait(0.1):
            follower.show()
            if not announced and Status.read(clone.status).phase == "ready":
                announced = True
                sys.stdout.write(_where(clone))

    shower = threading.Thread(target=show, daemon=True)
    shower.start()
    try:
        return Launcher(clone).run()
    finally:
        ended.set()
        shower.join(2)
        follower.show()


def supervise(clone: Clone) -> int:
    """What `make up` leaves in the background."""
    return Launcher(clone).run()


def up(clone: Clone) -> int:
    """Start in the background; return once all four services are ready."""
    follower = Follower([clone.log("launcher")], prefix=False)
    status = Status.read(clone.status)
    launcher: subprocess.Popen[bytes] | None = None
    if not status.is_running:
        with clone.log("launcher").open("ab") as output:
            launcher = subprocess.Popen(
                [sys.executable, "-m", "itsm_local", "supervise"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
    while True:
        follower.show()
        ended = launcher is not None and launcher.poll() is not None
        status = Status.read(clone.status)
        ours = launcher is None or (status.launcher is not None and status.launcher.pid == launcher.pid)
        if ours and status.phase == "ready" and status.is_running:
            break
        if ended or (launcher is None and not status.is_running):
            follower.show()
            if ours and status.culprit and status.culprit != "launcher":
                log = clone.log(status.culprit)
                sys.stdout.write(f"--- the end of {log}\n{tail(log)}\n--- {status.failure}\n")
            return 1
        time.sleep(0.05)
    follower.show()
    sys.stdout.write(_where(clone))
    return 0


def down(clone: Clone) -> int:
    """Stop everything, whoever started it and whatever became of the launcher."""
    began = time.monotonic()
    status = Status.read(clone.status)
    found = leftovers.find(clone)
    if status.launcher and status.is_running:
        end([status.launcher], grace=STOP_SECONDS)
    leftovers.end(clone, lambda text: print(text))
    if status.is_running or found:
        Status().write(clone.status)
        print(f"Stopped in {time.monotonic() - began:.1f} s.")
    else:
        print("Nothing was running.")
    return 0


def ps(clone: Clone) -> int:
    """A line per part: name, pid, port, state."""
    status = Status.read(clone.status)
    known = {line.name: line for line in status.lines}
    ports = service_ports()
    print(f"{'NAME':<10} {'PID':>8} {'PORT':>6}  STATE")
    for name in (*SERVERS, *SERVICES):
        line = known.get(name, Line(name, None, ports.get(name, 0), "stopped"))
        alive = line.is_alive
        pid = line.process.pid if line.process and alive else "-"
        print(f"{name:<10} {pid:>8} {line.port or '-':>6}  {_state(line, alive)}")
    if not status.is_running and any(line.is_alive for line in status.lines):
        print("The launcher is gone, so nothing is restarted: `make up` starts afresh, `make down` stops.")
    return 0


def _state(line: Line, alive: bool) -> str:
    if line.state == "external" or (not alive and line.state in ("starting", "restarting")):
        return line.state
    if not alive:
        return "stopped"
    if line.name in SERVICES:
        return readiness(line.port) or "not ready"
    return "ready" if line.state == "running" else line.state


def logs(clone: Clone) -> int:
    """The last lines of all logs, then what is added, until Ctrl-C."""
    follower = Follower((clone.log(name) for name in ("launcher", *SERVERS, *SERVICES)), last=20)
    try:
        while True:
            follower.show()
            time.sleep(0.2)
    except (KeyboardInterrupt, BrokenPipeError):
        return 0


def reset(clone: Clone) -> int:
    """Stop everything and drop the state; databases and brokers that the operator named stay as they are."""
    down(clone)
    postgres = clone.run / "postgres"
    if postgres.exists():
        Postgres(postgres).drop()
    shutil.rmtree(clone.run)
    print(f"Dropped {clone.run}.")
    return 0


def token(clone: Clone) -> int:
    """Print a bearer token: ROLE (one or several, with commas), TENANT and SUB come from the environment."""
    roles = [role.strip() for role in (os.environ.get("ROLE") or "agent").split(",") if role.strip()]
    tenant = os.environ.get("TENANT") or "acme"
    if not roles or not set(roles) <= ROLES:
        raise LauncherError(f"ROLE={','.join(roles)} names no role. There are: {', '.join(sorted(ROLES))}.")
    if not TENANT.fullmatch(tenant):
        raise LauncherError(
            f"TENANT={tenant!r} must be 1 to 64 letters, digits, dots, dashes or underscores."
        )
    subject = os.environ.get("SUB") or f"{roles[0]}@{tenant}"
    print(issuer_of(clone).token(tenant, roles, subject, int(time.time())))
    return 0


def service(clone: Clone, words: Sequence[str]) -> int:
    """Run a command of a service with the settings of the running stack, as in `service metrics rebuild`."""
    name, *rest = words
    record = clone.environments / f"{name}.json"
    if not record.exists():
        raise LauncherError(f"There are no settings for {name!r} yet: start the stack with `make up` first.")
    environment = {**os.environ, **json.loads(record.read_text())}
    return subprocess.run([sys.executable, "-m", f"itsm_{name}", *rest], env=environment).returncode


def _where(clone: Clone) -> str:
    status = Status.read(clone.status)
    rows = [f"  {line.name:<10} {_address(line)}" for line in status.lines]
    pages = next((line.port for line in status.lines if line.name == "metrics"), 0)
    hints = (
        f"  the pages  http://127.0.0.1:{pages}/ (look at the figures; sign in as anybody)",
        f"  logs       {clone.logs} (`make logs`)",
        f"  passwords  {clone.environments}",
        "  a token    make token ROLE=agent TENANT=acme",
    )
    return "\n".join(["", *rows, *hints, "", ""])


def _address(line: Line) -> str:
    if line.name in (*SERVICES, "issuer"):
        return f"http://127.0.0.1:{line.port}"
    return f"port {line.port}" + (" (external)" if line.state == "external" else " on 127.0.0.1")

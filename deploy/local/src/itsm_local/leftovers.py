"""Processes of this clone that no launcher looks after any more, because theirs was killed."""

import signal
from collections.abc import Callable

from itsm_local import processes
from itsm_local.clone import SERVICES, Clone
from itsm_local.processes import Identity
from itsm_local.status import Status

# PostgreSQL on SIGTERM waits for its clients to leave; SIGINT is its way to end now and in good order.
ORDER = (
    ((*SERVICES, "issuer"), signal.SIGTERM),
    (("rabbitmq",), signal.SIGTERM),
    (("postgres",), signal.SIGINT),
    (("epmd",), signal.SIGTERM),
)


def find(clone: Clone) -> dict[str, list[Identity]]:
    """Living processes by part: those that the launcher wrote down, and those with this clone's mark."""
    found: dict[str, list[Identity]] = {}
    recorded = [(line.name, line.process) for line in Status.read(clone.status).lines if line.process]
    folders = (clone.run, clone.run / "postgres", clone.run / "rabbitmq")
    for name, process in (*recorded, *(pair for folder in folders for pair in processes.marked(folder))):
        if process.is_alive() and process not in found.setdefault(name, []):
            found[name].append(process)
    return {name: members for name, members in found.items() if members}


def end(clone: Clone, say: Callable[[str], None]) -> None:
    """End them in the order of a proper stop; each is killed if it has not ended after ten seconds."""
    while found := find(clone):  # again, for what lost its parent just now
        say("ending what an earlier launcher left behind: " + ", ".join(found))
        for names, number in ORDER:
            processes.end([process for name in names for process in found.get(name, [])], number)

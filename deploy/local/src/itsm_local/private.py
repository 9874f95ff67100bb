"""A private server for a test session, which ends with its owner whatever becomes of that one.

`python -m itsm_local.private postgres|rabbitmq FOLDER OWNER_PID [VIRTUAL_HOST ...]` starts the server, writes
its addresses to FOLDER/address.json, stays until SIGTERM or until the owner is gone, then removes all of it.
"""

import json
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from itsm_local.failure import LauncherError
from itsm_local.passwords import write_private
from itsm_local.postgres import Postgres
from itsm_local.processes import Identity, start_of
from itsm_local.rabbitmq import RabbitMQ


def main(kind: str, folder: Path, owner_pid: int, virtual_hosts: Sequence[str]) -> None:
    """Serve until told to stop or left alone; what went wrong at the start goes to `address.json` too."""
    owner = Identity(owner_pid, start_of(owner_pid) or "")
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: told.set())
    server: Postgres | RabbitMQ
    server = (
        Postgres(folder, durable=False)
        if kind == "postgres"
        else RabbitMQ(folder, virtual_hosts=virtual_hosts)
    )
    answer = folder / "address.json"
    try:
        server.start()
        urls = (
            [server.url] if isinstance(server, Postgres) else [server.url_of(name) for name in virtual_hosts]
        )
        write_private(answer, json.dumps({"urls": urls}))
        while owner.is_alive() and not told.wait(0.3):
            pass
    except LauncherError as error:
        write_private(answer, json.dumps({"error": str(error)}))
        told.wait(2)
    finally:
        server.drop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])

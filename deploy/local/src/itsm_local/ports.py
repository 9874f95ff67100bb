"""Free TCP ports on the loopback address, chosen once per clone and remembered in a file."""

import json
import random
import socket
from collections.abc import Iterable
from pathlib import Path

# Below the range from which the kernel takes ports for outgoing connections (32768-60999 on Linux), so that
# no passing connection occupies a recorded port while the stack is down.
RANGE = range(20000, 32000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # Servers set the same option: a connection that lingers after a restart does not occupy the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def recorded(folder: Path, names: Iterable[str]) -> dict[str, int]:
    """A free port for each name: the one in `folder/ports.json` while nobody else holds it, else a new one.

    A record that was copied along with a clone is not used, so that the copy can run beside the original.
    """
    file = folder / "ports.json"
    record = json.loads(file.read_text()) if file.exists() else {}
    known: dict[str, int] = record.get("ports", {}) if record.get("folder") == str(folder) else {}
    drawn = random.sample(RANGE, len(RANGE))
    ports = {name: known[name] for name in names if name in known and is_free(known[name])}
    for name in names:
        if name not in ports:
            ports[name] = next(port for port in drawn if port not in known.values() and is_free(port))
            known[name] = ports[name]
    file.write_text(json.dumps({"folder": str(folder), "ports": known | ports}, indent=1))
    return ports

"""Where this clone keeps what it runs on: everything below .run/, so that two clones never meet."""

import os
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("incident", "change", "catalog", "metrics")
SERVERS = ("postgres", "rabbitmq", "issuer")
DEFAULT_PORT_BASE = 8000


@dataclass(frozen=True)
class Clone:
    """A checkout and its state. ITSM_RUN_FOLDER names another state folder: a second stack beside it."""

    root: Path
    run: Path

    @classmethod
    def here(cls) -> "Clone":
        """The checkout that this file is installed from; creates its state folder."""
        root = Path(__file__).resolve().parents[4]
        run = Path(os.environ.get("ITSM_RUN_FOLDER") or root / ".run").resolve()
        clone = cls(root, run)
        clone.logs.mkdir(parents=True, exist_ok=True)
        clone.environments.mkdir(exist_ok=True)
        run.chmod(0o711)  # PostgreSQL's user passes through; nobody else lists what is there
        return clone

    @property
    def logs(self) -> Path:
        """One log file per part, and the launcher's own."""
        return self.run / "log"

    @property
    def environments(self) -> Path:
        """One JSON file per service with the settings that it runs with."""
        return self.run / "environment"

    @property
    def lock(self) -> Path:
        """Held by the running launcher."""
        return self.run / "lock"

    @property
    def status(self) -> Path:
        """What the launcher last said about its parts."""
        return self.run / "status.json"

    def log(self, name: str) -> Path:
        """The log file of one part."""
        return self.logs / f"{name}.log"


def service_ports() -> dict[str, int]:
    """Port by service: 8001 to 8004, or counted from ITSM_PORT_BASE."""
    return {name: _base() + number for number, name in enumerate(SERVICES, start=1)}


def issuer_port() -> int:
    """Where people sign in: 8005, or the one behind the services'."""
    return _base() + len(SERVICES) + 1


def _base() -> int:
    return int(os.environ.get("ITSM_PORT_BASE") or DEFAULT_PORT_BASE)

"""What the launcher says about its parts, in a file that `make ps`, `make up` and `make down` read."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from itsm_local.passwords import write_private
from itsm_local.processes import Identity


@dataclass(frozen=True)
class Line:
    """One part: state is external, starting, running, restarting, failed or stopped."""

    name: str
    process: Identity | None
    port: int
    state: str

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.is_alive()


@dataclass(frozen=True)
class Status:
    """`phase`: starting, ready, stopping, stopped or failed (`failure` says why, `culprit` names the log)."""

    launcher: Identity | None = None
    phase: str = "stopped"
    lines: list[Line] = field(default_factory=list)
    failure: str = ""
    culprit: str = ""

    @property
    def is_running(self) -> bool:
        """Whether a launcher is at work."""
        return self.launcher is not None and self.launcher.is_alive()

    def write(self, file: Path) -> None:
        """In one step, so that a reader never sees half of it."""
        write_private(file, json.dumps(asdict(self), indent=1))

    @classmethod
    def read(cls, file: Path) -> "Status":
        """The last one written; an empty one when there is none."""
        if not file.exists():
            return cls()
        known = json.loads(file.read_text())
        lines = [Line(**{**line, "process": _identity(line["process"])}) for line in known.pop("lines")]
        return cls(**{**known, "lines": lines, "launcher": _identity(known["launcher"])})


def _identity(known: dict[str, object] | None) -> Identity | None:
    return Identity(**known) if known else None  # type: ignore[arg-type] # as asdict wrote it

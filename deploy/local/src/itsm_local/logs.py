"""Reads growing log files and shows their lines with the name of the part in front."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

COLOURS = (36, 35, 33, 32, 34, 96, 95)
WIDTH = 9


class Follower:
    """Shows what is added to the logs after it was made, and before that the `last` lines of each."""

    def __init__(
        self, logs: Iterable[Path], *, last: int = 0, prefix: bool = True, out: TextIO = sys.stdout
    ) -> None:
        self._prefix = prefix
        self._out = out
        self._offsets: dict[Path, int] = {}
        for log in logs:
            shown = (
                b"".join(log.read_bytes().splitlines(keepends=True)[-last:]) if last and log.exists() else b""
            )
            self._offsets[log] = (log.stat().st_size if log.exists() else 0) - len(shown)

    def show(self) -> None:
        """Print all whole lines that have been added since the last call."""
        for number, (log, offset) in enumerate(self._offsets.items()):
            if not log.exists():
                continue
            with log.open("rb") as stream:
                if log.stat().st_size < offset:
                    offset = 0  # shortened by the launcher
                stream.seek(offset)
                whole, newline, _ = stream.read().rpartition(b"\n")
            self._offsets[log] = offset + len(whole) + len(newline)
            if newline:
                head = self._head(log.stem, number)
                lines = whole.decode(errors="replace").split("\n")
                self._out.write("".join(f"{head}{line}\n" for line in lines))
        self._out.flush()

    def _head(self, name: str, number: int) -> str:
        if not self._prefix:
            return ""
        if not self._out.isatty():
            return f"{name:<{WIDTH}} | "
        return f"\x1b[{COLOURS[number % len(COLOURS)]}m{name:<{WIDTH}} |\x1b[0m "


def tail(log: Path, count: int = 25) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) if log.exists() else ""

"""The files of this repository, as git knows them: committed or about to be."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICES = ("incident", "change", "catalog", "metrics")


@cache
def files(suffix: str = "") -> tuple[Path, ...]:
    """Every file that is not ignored, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = (Path(name) for name in sorted(set(listed.split("\0"))) if name.endswith(suffix))
    return tuple(path for path in paths if (ROOT / path).is_file())


def text(path: Path) -> str:
    """A file's content; bytes that are no text are replaced."""
    return (ROOT / path).read_text(errors="replace")

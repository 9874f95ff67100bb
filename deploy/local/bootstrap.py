"""Makes .venv what the locks say, and does nothing while that is the case. Standard library only.

Run by the Makefile with the machine's own Python, before anything of ours is installed; so it has to load on
old Pythons too, if only to say that they are too old.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "itsm-stamp.json"
LOCK = ROOT / "requirements-dev.lock"
OLDEST = (3, 11)
NO_NETWORK = "The packages could not be fetched (see above): connect to a package index and try again."


def main() -> None:
    if sys.version_info < OLDEST:
        _use_a_newer_python()
    wanted = _fingerprint()
    if _stamp() == wanted:
        return
    (ROOT / ".run").mkdir(mode=0o711, exist_ok=True)
    if not os.access(ROOT / ".run", os.W_OK) or (VENV.exists() and not os.access(VENV, os.W_OK)):
        sys.exit(f"{ROOT} has been used by another user: use it as that one, or remove its .run and .venv.")
    with (ROOT / ".run" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands at once: the second finds the work done
        if _stamp() == wanted:
            return
        _install(wanted)
        STAMP.write_text(json.dumps(wanted))


def _fingerprint() -> dict[str, object]:
    """What the environment depends on: a copied clone needs a new one, so does another Python."""
    digest = hashlib.sha256()
    for file in (LOCK, *(member / "pyproject.toml" for member in _members())):
        digest.update(file.read_bytes())
    return {"root": str(ROOT), "python": list(sys.version_info[:2]), "packages": digest.hexdigest()}


def _members() -> list[Path]:
    import tomllib  # not at the top: Pythons that are too old have none

    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["uv"]["workspace"]
    return [ROOT / member for member in workspace["members"]]


def _stamp() -> dict[str, object]:
    known: dict[str, object] = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    return known


def _install(wanted: dict[str, object]) -> None:
    known = _stamp()
    uv = VENV / "bin" / "uv"
    if any(known.get(key) != wanted[key] for key in ("root", "python")) or not uv.exists():
        _say("making the Python environment in .venv ...")
        _make_venv()
    _say("installing the packages of requirements-dev.lock ...")
    python = VENV / "bin" / "python"
    _call(
        [
            uv,
            "pip",
            "sync",
            "--system-certs",
            "--quiet",
            "--require-hashes",
            "--compile-bytecode",
            "--python",
            python,
            LOCK,
        ],
        NO_NETWORK,
    )
    members = [word for member in _members() for word in ("-e", member)]
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--offline"]
    _call(
        [*install, "--python", python, *members],
        "The members of the workspace could not be installed (see above): this is a fault of the checkout.",
    )


def _make_venv() -> None:
    try:
        import ensurepip  # noqa: F401 - Debian leaves it out of its python3
        import venv
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        sys.exit(
            f"This Python cannot make virtual environments: install that with `apt-get install {package}`."
        )
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"The Python environment {VENV} could not be made: {error}")
    # uv of exactly the locked version, checked against the lock's hashes.
    entry = re.search(r"^uv==.*?(?=^\S|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(entry.group() if entry else "uv")
        wanted.flush()
        pip = [
            VENV / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries=1",
        ]
        _call([*pip, "--require-hashes", "--no-deps", "-r", wanted.name], NO_NETWORK)


def _use_a_newer_python() -> None:
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.run([newer, "-c", ""], capture_output=True).returncode == 0:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606 - the same script under another Python
    sys.exit(
        f"Python 3.11 or newer is needed, and this one is {sys.version.split()[0]}: install a "
        "newer one, or name it, for instance `make up PYTHON=python3.12`."
    )


def _call(command: list[object], otherwise: str) -> None:
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    if subprocess.run([str(word) for word in command], env=environment, cwd=ROOT).returncode:
        sys.exit(otherwise)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()

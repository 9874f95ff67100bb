"""Programs without installing them: Debian's packages, unpacked into a folder of the user.

Installing a package may start a server on the machine and needs root; unpacking it does neither.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from itsm_local.failure import LauncherError

PACKAGE = "rabbitmq-server"
NO_NETWORK = (
    "{what} is not installed and its packages could not be fetched ({why}): connect this machine to its "
    "package mirror and try again, or {instead}."
)
DEPENDS = (
    "--recurse",
    "--no-recommends",
    "--no-suggests",
    "--no-conflicts",
    "--no-breaks",
    "--no-replaces",
    "--no-enhances",
)


Apt = Callable[[str], list[str]]
"""The first words of a call of one of apt's tools."""


@dataclass(frozen=True)
class Program:
    """What is fetched: by its main package, with whatever `names` says that this needs."""

    what: str
    package: str
    size: str
    instead: str
    names: Callable[[Apt], list[str]]


def unpack_broker(folder: Path, say: Callable[[str], None]) -> None:
    """Fetch RabbitMQ, Erlang and the libraries that are missing here, and unpack them below `folder`.

    Works as any user. Takes about five seconds and 60 MB; `say` is told what is going on.
    """
    instead = "install rabbitmq-server, or name a running broker in AMQP_URL"
    unpack(folder, Program("RabbitMQ", PACKAGE, "35 MB", instead, _broker), say)
    erl = folder / "usr/lib/erlang/bin/erl"
    # Debian's erl knows only the place where its package would have been installed.
    erl.write_text(
        re.sub(
            r"ROOTDIR=/usr/lib/erlang", 'ROOTDIR="$(cd "$(dirname "$0")/.." \\&\\& pwd)"', erl.read_text()
        ).replace("\\&", "&")
    )


def unpack(folder: Path, program: Program, say: Callable[[str], None]) -> None:
    """Fetch a program and unpack it below `folder`; LauncherError says why that did not work."""
    archives = folder / "archives"
    archives.mkdir(parents=True)
    say(
        f"{program.what} is not installed: fetching its packages ({program.size}; unpacked for you, "
        "not installed) ..."
    )
    apt = _with_package_lists(folder, program, say)
    names = program.names(apt)
    # Turned off: dropping to the user _apt, who cannot write into our folder and would only warn about it.
    fetched = _run([*apt("apt-get"), "-o", "APT::Sandbox::User=root", "-q", "download", *names], archives)
    if fetched.returncode:
        raise _away(program, _last_line(fetched.stderr))
    say(f"unpacking {program.what} ...")
    for archive in sorted(archives.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(folder)], archives)
        archive.unlink()
    for scratch in (archives, folder / "lists", folder / "apt"):
        shutil.rmtree(scratch, ignore_errors=True)


def closure(apt: Apt, names: Iterable[str], wanted: str) -> list[str]:
    """These packages and all that they need of those whose name matches and that are not installed."""
    found: set[str] = set()
    level = set(names)
    while level:
        found |= level
        needed = _depends(apt, sorted(level), *DEPENDS[1:])
        level = {name for name in set(needed) - found if re.match(wanted, name) and not _is_installed(name)}
    return sorted(found)


def _with_package_lists(folder: Path, program: Program, say: Callable[[str], None]) -> Apt:
    """How to call apt: on the machine's package lists, or on lists of our own where it has none."""

    def machine(tool: str) -> list[str]:
        return [tool]

    def own(tool: str) -> list[str]:
        settings = [f"Dir::State::Lists={lists}", f"Dir::Cache={folder / 'apt'}", "APT::Sandbox::User=root"]
        return [tool, *(word for setting in settings for word in ("-o", setting))]

    if _run(["apt-cache", "show", program.package]).returncode == 0:
        return machine
    say("the machine has no package lists: fetching them (a minute on a slow line) ...")
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True)
    (folder / "apt/archives/partial").mkdir(parents=True)
    updated = _run([*own("apt-get"), "-q", "update"])
    if _run([*own("apt-cache"), "show", program.package]).returncode:
        raise _away(program, _last_line(updated.stderr) or f"no package called {program.package}")
    return own


def _away(program: Program, why: str) -> LauncherError:
    return LauncherError(NO_NETWORK.format(what=program.what, why=why, instead=program.instead))


def _broker(apt: Apt) -> list[str]:
    """The broker, all of Erlang that it asks for, and the libraries of those that are not installed."""
    closure = set(_depends(apt, [PACKAGE], *DEPENDS))
    ours = sorted(name for name in closure if name == PACKAGE or name.startswith("erlang-"))
    libraries = {
        name
        for name in _depends(apt, [n for n in ours if n != PACKAGE], *DEPENDS[1:])
        if re.match(r"lib|zlib", name)
    }
    return ours + sorted(name for name in libraries if not _is_installed(name))


def _depends(apt: Apt, names: Iterable[str], *options: str) -> list[str]:
    shown = _run([*apt("apt-cache"), "depends", *options, *names]).stdout
    return re.findall(r"^\s*(?:\|?Depends: )?([a-z0-9][a-z0-9+.-]+)$", shown, re.MULTILINE)


def _is_installed(name: str) -> bool:
    return "install ok installed" in _run(["dpkg-query", "-W", "-f", "${Status}", name]).stdout


def _run(command: list[str], folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:"))]
    return lines[-1][3:] if lines else ""

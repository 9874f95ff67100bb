"""Which browser the tests look with: the one named by the operator, the machine's own, or one unpacked."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from itsm_local import debian
from itsm_local.failure import LauncherError

NAMES = ("chromium", "google-chrome", "google-chrome-stable")
PACKAGE = "chromium-headless-shell"
FONTS = "fonts-dejavu-core"
LIBRARIES = r"lib|zlib|chromium-common$"
INSTEAD = "install chromium, or name a browser of its kind in ITSM_CHROMIUM"
FONT_SETTINGS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{folder}/fonts</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Browser:
    """A program, and what its environment must say beside the machine's own."""

    program: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def chromium(say: Callable[[str], None]) -> Browser:
    """The browser to look with; unpacks one first where none is installed and the machine has apt."""
    named = os.environ.get("ITSM_CHROMIUM")
    for name in [named] if named else NAMES:
        if found := shutil.which(name):
            return Browser(Path(found))
    if named:
        raise LauncherError(f"ITSM_CHROMIUM={named} is no program: correct or unset it.")
    if not shutil.which("apt-get"):
        raise LauncherError(f"No Chromium is to be had here: {INSTEAD}.")
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return unpacked(caches / "itsm" / "chromium", say)


def unpacked(cache: Path, say: Callable[[str], None]) -> Browser:
    """The one below `cache`, fetched when it is first asked for; with a font, which a bare machine lacks."""
    if not cache.exists():
        draft = cache.with_name(f".chromium.{os.getpid()}")
        program = debian.Program("Chromium", PACKAGE, "90 MB", INSTEAD, _names)
        try:
            debian.unpack(draft, program, say)
            (draft / "fonts.conf").write_text(FONT_SETTINGS.format(folder=cache))
            draft.rename(cache)
        except OSError as error:
            if not cache.exists():  # else another clone was quicker
                raise LauncherError(
                    f"Chromium could not be unpacked into {cache}: {error}. Free it, or set XDG_CACHE_HOME."
                ) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    folders = [*cache.glob("usr/lib/*-linux-gnu*"), *cache.glob("lib/*-linux-gnu*")]
    folders += [folder / inner for folder in folders for inner in ("nss", "pulseaudio")]
    environment = {
        "LD_LIBRARY_PATH": ":".join(map(str, folders)),
        "FONTCONFIG_FILE": str(cache / "fonts.conf"),
    }
    return Browser(next(cache.glob("usr/lib/chromium/*headless*shell*")), environment)


def _names(apt: debian.Apt) -> list[str]:
    return debian.closure(apt, (PACKAGE, FONTS), LIBRARIES)

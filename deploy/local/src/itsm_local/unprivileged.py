"""PostgreSQL refuses to run as root: as whom it runs then, and where that user can enter."""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

USER = "nobody"
# Outside of any home: folders of other users' making (/root, mktemp -d) are closed to the unprivileged user.
OPEN_PLACE = Path("/var/lib/itsm-local")


def run_as() -> dict[str, Any]:
    """Arguments for subprocess that drop root's rights; none where there is nothing to drop."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(USER)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def can_enter(folder: Path) -> bool:
    """Whether PostgreSQL's user can reach what lies in this folder (the kernel is asked, not mode bits)."""
    return (
        subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", folder], stderr=subprocess.DEVNULL, **run_as()
        ).returncode
        == 0
    )


def home_for(folder: Path) -> Path:
    """Where the data of `folder` lies: inside of it, or in an open place (written down in `place`)."""
    record = folder / "place"
    if record.exists():
        place, _, owner = record.read_text().strip().partition("\n")
        if owner == str(folder):  # not so in a copied clone, which must not run on the data of the original
            return Path(place)
    folder.mkdir(parents=True, exist_ok=True)
    place = str(folder)
    if not can_enter(folder):
        place = str(OPEN_PLACE / hashlib.sha256(str(folder).encode()).hexdigest()[:16])
    record.write_text(f"{place}\n{folder}\n")
    return Path(place)


def give(path: Path) -> None:
    """Hand a file or folder to PostgreSQL's user."""
    as_whom = run_as()
    if as_whom:
        os.chown(path, as_whom["user"], as_whom["group"])


def open_copy(root: Path, folders: Sequence[str], name: str) -> Path:
    """`root` where PostgreSQL's user can enter it, else a copy of some of its folders in the open place."""
    if can_enter(root / folders[0]):
        return root
    copy = OPEN_PLACE / name
    if not copy.exists():
        draft = OPEN_PLACE / f".{name}.{os.getpid()}"
        draft.mkdir(mode=0o755, parents=True)
        for folder in folders:
            shutil.copytree(root / folder, draft / folder, symlinks=True)
        try:
            draft.rename(copy)
        except OSError:  # another clone was quicker
            shutil.rmtree(draft)
    return copy

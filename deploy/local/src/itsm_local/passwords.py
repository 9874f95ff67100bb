"""Passwords of the private servers: generated once, kept in a file that only its owner can read."""

import json
import os
import secrets
import threading
from pathlib import Path


def password(folder: Path, name: str) -> str:
    """The password called `name`, made up (32 URL-safe characters) when it is first asked for.

    Not to be called from two threads at once.
    """
    file = folder / "passwords.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if name not in known:
        known[name] = secrets.token_urlsafe(24)
        write_private(file, json.dumps(known, indent=1))
    return known[name]


def write_private(file: Path, text: str) -> None:
    """Write a file with mode 0600 in one step: a reader sees the old text or the new one, never a part."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{threading.get_ident()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    draft.replace(file)

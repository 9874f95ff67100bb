"""What people, groups and business units have in common: a key for good, and a life of edits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar
from uuid import UUID

KEEPERS = frozenset({"manager", "service"})
"""They keep the directory; the administrator does too."""

What = Literal["registered", "updated", "deactivated"]


class Entry(Protocol):
    """A person, a group or a business unit, field by field as it is shown."""

    @property
    def id(self) -> UUID:
        """Who it is."""

    @property
    def key(self) -> str:
        """What people and other services call it."""

    @property
    def version(self) -> int:
        """How often it has changed, counting from 1."""

    @property
    def active(self) -> bool:
        """Whether it works and votes."""

    def changed(self, given: Mapping[str, Any]) -> Any:
        """The same with these fields; Invalid where they do not go together."""


E = TypeVar("E", bound=Entry)


def edited(before: E, given: Mapping[str, Any], now: datetime) -> E | None:
    """The entry after an edit; None where every field has that value already."""
    after: E = before.changed(given)
    if after == before:
        return None
    return replace(after, version=before.version + 1, updated_at=now)  # type: ignore[type-var]  # each entry is a dataclass


def happened(before: Entry | None, after: Entry) -> What:
    """What to call the step from one state to the next."""
    if before is None:
        return "registered"
    return "deactivated" if before.active and not after.active else "updated"

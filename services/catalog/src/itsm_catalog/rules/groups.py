"""What a group is: people who work, approve or sit on the change advisory board together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group; purposes and members are sets, shown in alphabetical order."""

    id: UUID
    key: str
    version: int = 1
    name: str
    purposes: tuple[str, ...] = ()
    business_unit: str | None = None
    lead: str | None = None
    members: tuple[str, ...] = ()
    active: bool = True
    registered_at: datetime
    updated_at: datetime

    @property
    def assignment(self) -> bool:
        """Whether work is assigned to it."""
        return "assignment" in self.purposes

    @property
    def approval(self) -> bool:
        """Whether it approves."""
        return "approval" in self.purposes

    @property
    def cab(self) -> bool:
        """Whether it is a change advisory board."""
        return "cab" in self.purposes

    def changed(self, given: Mapping[str, Any]) -> "Group":
        """The same with these fields."""
        sets = {name: tuple(sorted(set(given[name]))) for name in ("purposes", "members") if name in given}
        return replace(self, **dict(given) | sets)

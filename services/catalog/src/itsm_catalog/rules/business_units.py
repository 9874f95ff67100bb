"""Business units: a forest, in which no unit is above itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from itsm_chassis.errors import FieldError

Parents = Mapping[str, str | None]
"""The key of each unit's parent, whether that is registered or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessUnit:
    """A part of the organisation, below its parent."""

    id: UUID
    key: str
    version: int = 1
    name: str
    parent: str | None = None
    head: str | None = None
    active: bool = True
    registered_at: datetime
    updated_at: datetime

    def changed(self, given: Mapping[str, Any]) -> "BusinessUnit":
        """The same with these fields."""
        return replace(self, **dict(given))


def circle(parents: Parents, unit: str) -> list[str]:
    """The way from a unit up to itself, both ends named; empty where it is not above itself."""
    way = [unit]
    while (above := parents.get(way[-1])) is not None:
        if above == unit:
            return [*way, unit]
        if above in way:
            return []
        way.append(above)
    return []


def circular(before: Parents, wanted: Parents) -> dict[str, FieldError]:
    """Which of the wanted parents cannot be, each with the circle that it would close.

    `before` has no circle. All that take part in one are refused and keep the parent that they had,
    so the answer does not depend on the order of the wishes.
    """
    changes = {key: parent for key, parent in wanted.items() if before.get(key) != parent}
    refused: dict[str, FieldError] = {}
    while True:
        parents = {**before, **{key: changes[key] for key in changes.keys() - refused}}
        found = {key: way for key in changes.keys() - refused if (way := circle(parents, key))}
        if not found:
            return refused
        refused |= {key: finding(way) for key, way in found.items()}


def finding(way: Sequence[str]) -> FieldError:
    """What is wrong with a circle."""
    return FieldError("/parent", "cycle", f"The unit would be above itself: {' -> '.join(way)}.")

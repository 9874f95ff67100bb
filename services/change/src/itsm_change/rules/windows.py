"""Maintenance windows and freezes: when work is meant to happen, and when it must not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from itsm_chassis.errors import Refused

from itsm_change.rules.graph import Node, items, services
from itsm_change.rules.interval import Interval
from itsm_change.rules.recurrence import Schedule, check, occurrences

Status = Literal["active", "cancelled"]
TIMES = frozenset({"starts_at", "ends_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A maintenance window, field by field as it is shown; for all where it names nothing."""

    id: UUID
    key: str
    version: int = 1
    name: str
    services: tuple[str, ...] = ()
    configuration_items: tuple[str, ...] = ()
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None = None
    zone: str = "UTC"
    status: Status = "active"

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """From what its card says."""
        data = {field.name: told[field.name] for field in fields(cls)}
        for name, value in data.items():
            if isinstance(value, list):
                data[name] = tuple(value)
        times = {name: datetime.fromisoformat(data[name]) for name in TIMES}
        return cls(**data | times | {"id": UUID(data["id"])})

    @property
    def schedule(self) -> Schedule:
        """When it takes place."""
        return Schedule(self.starts_at, self.ends_at, self.recurrence, self.zone)

    @property
    def nodes(self) -> frozenset[Node]:
        """What it names; nothing means all."""
        return services(self.services) | items(self.configuration_items)

    @property
    def over_at(self) -> datetime | None:
        """When the last occurrence ends, where that is plain."""
        return self.ends_at if self.recurrence is None else None

    def during(self, period: Interval) -> list[Interval]:
        """Its occurrences that overlap a period."""
        return list(occurrences(self.schedule, *period))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze(Window):
    """Nothing is changed then, but by emergency changes and by those that it exempts."""

    exempt: tuple[str, ...] = ()
    """Numbers of changes."""
    exempt_types: tuple[str, ...] = ()

    def exempts(self, number: str | None, change_type: str) -> bool:
        """Whether it lets such a change through."""
        return change_type == "emergency" or change_type in self.exempt_types or number in self.exempt


def touching(windows: Iterable[Window], node: Node) -> tuple[Window, ...]:
    """The windows that are for a node: those that name it, and those for all."""
    return tuple(each for each in windows if not each.nodes or node in each.nodes)


def edited(window: Window, given: Mapping[str, Any]) -> Window | None:
    """The window with these fields; None where every one has that value already.

    Raises Invalid where it then takes place never, and Refused where it is cancelled.
    """
    shaped = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    changes = {name: value for name, value in shaped.items() if getattr(window, name) != value}
    if not changes:
        return None
    if window.status == "cancelled":
        raise Refused("record_ended", "It is cancelled; make another one.")
    made = replace(window, **changes, version=window.version + 1)
    check(made.schedule)
    return made

"""Maintenance windows and freezes: when work is meant to happen, and when it must not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, Literal, Self
from uuid import UUID

from itsm_chassis.errors import Refused

from itsm_change.rules.graph import Node, items, services
from itsm_change.rules.interval import Interval
from itsm_change.rules.recurrence import Schedule, check, occurrences, over_at

Status = Literal["active", "cancelled"]
TIMES: Final = frozenset({"starts_at", "ends_at"})
LISTS: Final = frozenset({"services", "configuration_items", "exempt", "exempt_types"})


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
        """By when its last occurrence has ended; None where there is always another one."""
        return over_at(self.schedule)

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


def touching(windows: Iterable[Window], node: Node, since: datetime) -> list[Window]:
    """The windows that are for a node and not over by then: those that name it, and those for all."""
    return [
        each
        for each in windows
        if (not each.nodes or node in each.nodes) and (each.over_at is None or each.over_at > since)
    ]


def shaped(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields as a window has them: tuples for lists, empty ones for null."""
    fields = {
        name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
        for name, value in given.items()
    }
    return fields | {name: () for name in LISTS & fields.keys() if fields[name] is None}


def edited(window: Window, given: Mapping[str, Any]) -> Window | None:
    """The window with these fields; None where every one has that value already.

    Raises Invalid where it then takes place never, and Refused where it is cancelled.
    """
    wanted = shaped(given)
    changes: dict[str, Any] = {n: value for n, value in wanted.items() if getattr(window, n) != value}
    if not changes:
        return None
    if window.status == "cancelled":
        raise Refused("record_ended", "It is cancelled; make another one.")
    made = replace(window, **changes, version=window.version + 1)
    check(made.schedule)
    return made

"""Which dependencies there may be. Pure: no I/O."""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Literal, NamedTuple
from uuid import UUID

from itsm_chassis.errors import FieldError, Refused

from itsm_catalog.rules.configuration_items import IN_USE
from itsm_catalog.rules.service_levels import invalid

Kind = Literal["service", "configuration_item"]
LIVE = ("live", "retiring")
"""A service in one of these states is in the catalogue: people use it."""
NAMED = 10
"""The most nodes that a sentence names."""


class End(NamedTuple):
    """A service or a configuration item, as people name it."""

    kind: Kind
    key: str


class Node(NamedTuple):
    """A service or a configuration item, as it is."""

    id: UUID
    kind: Kind
    key: str
    status: str

    @property
    def needed(self) -> bool:
        """Whether people rely on it now."""
        return self.status in (LIVE if self.kind == "service" else IN_USE)

    def shown(self) -> dict[str, str]:
        """As the ends of an edge are shown."""
        return {"kind": self.kind, "key": self.key}


def check_ends(dependent: End, dependency: End) -> None:
    """Invalid where an item would need a service, or something itself."""
    if dependent.kind == "configuration_item" and dependency.kind == "service":
        message = "A service needs items; an item needs items, never a service. Turn the two round."
        raise invalid([FieldError("/dependency/kind", "item_needs_service", message)])
    if dependent == dependency:
        raise invalid([FieldError("/dependency/key", "needs_itself", "Nothing depends on itself.")])


def check_retired(dependent: Node, dependency: Node) -> None:
    """Refused where something in use would come to need what is retired."""
    if dependency.status == "retired" and dependent.needed:
        raise Refused(
            "dependency_retired",
            f"{dependency.key} is retired: {dependent.key}, which is {dependent.status}, cannot need it.",
        )


def not_ready(key: str, to: str, retired: Sequence[Node]) -> Refused:
    """The refusal to put into use what needs something retired."""
    names = [node.key for node in retired[:NAMED]]
    if len(retired) > NAMED:
        names.append(f"{len(retired) - NAMED} more")
    are = "are" if len(retired) > 1 else "is"
    return Refused(
        "not_ready",
        f"{key} cannot be {to}: it depends on {', '.join(names)}, which {are} retired. "
        "Remove the dependency, or let it depend on something else.",
        extra={"retired": [node.shown() for node in retired]},
    )


def cycle(path: Sequence[Node]) -> Refused:
    """The refusal of an edge that would close this circle; its first node is its last as well."""
    keys = [node.key for node in path]
    if len(keys) > NAMED:
        keys = [*keys[: NAMED - 2], f"({len(keys) - NAMED + 1} more)", keys[-2], keys[-1]]
    return Refused(
        "dependency_cycle",
        f"This would make a circle, in which each needs the next: {' -> '.join(keys)}.",
        extra={"cycle": [node.shown() for node in path]},
    )


def relied_on(leaving: Set[UUID], needed_by: Mapping[UUID, Sequence[Node]]) -> dict[UUID, list[Node]]:
    """Of items that are to be retired together: those that cannot be, with what relies on each of them."""
    staying: dict[UUID, list[Node]] = {}
    while True:
        going = leaving - staying.keys()
        found = {
            item: relying
            for item in going
            if (relying := [node for node in needed_by.get(item, ()) if node.needed and node.id not in going])
        }
        if not found:
            return staying
        staying |= found


def still_needed(key: str, needed_by: Iterable[Node]) -> Refused:
    """The refusal to retire an item that others rely on."""
    nodes = list(needed_by)
    names = [f"{node.key} ({node.status})" for node in nodes[:NAMED]]
    if len(nodes) > NAMED:
        names.append(f"{len(nodes) - NAMED} more")
    return Refused(
        "still_needed",
        f"{key} is needed by {', '.join(names)}. Retire those first, or remove their dependency on it.",
        extra={"needed_by": [node.shown() for node in nodes]},
    )

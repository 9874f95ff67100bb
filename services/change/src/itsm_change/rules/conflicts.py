"""What stands against a change's planned time: other changes, freezes, and missing a maintenance window."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from uuid import UUID, uuid5

from itsm_change.rules.graph import Graph, Node, items, services
from itsm_change.rules.interval import Interval, hull, outside
from itsm_change.rules.windows import Freeze, Window, touching

Kind = Literal["same_item", "related_item", "related_service", "assignee", "outside_window", "freeze"]
OtherKind = Literal["change", "maintenance_window", "freeze"]

HOLDING: Final = frozenset({"scheduled", "implement"})
"""States in which a change holds its time: others conflict with it."""

PLANNED: Final = frozenset({"new", "assess", "authorize"}) | HOLDING
"""States in which a change has conflicts; what it did in review is history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What a change wants to do when; `services` are all that it touches."""

    id: UUID
    number: str
    change_type: str
    status: str
    period: Interval
    services: tuple[str, ...] = ()
    configuration_items: tuple[str, ...] = ()
    assignee: str | None = None

    @property
    def nodes(self) -> frozenset[Node]:
        """Everything that it touches."""
        return services(self.services) | items(self.configuration_items)


class Finding(NamedTuple):
    """One node through which one other record is in the way, and when."""

    kind: Kind
    other_kind: OtherKind
    other_id: UUID
    other: str
    through: Node | None
    period: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """All findings of one kind about one other record: `period` runs from the first to the last of them."""

    kind: Kind
    other_kind: OtherKind
    other_id: UUID
    other: str
    """Its number or key."""
    through: tuple[Node, ...]
    period: Interval
    why: str

    def identity(self, change: UUID) -> UUID:
        """The same whenever this conflict is found."""
        return uuid5(change, f"{self.kind} {self.other_id}")


def conflicts(
    change: Booking,
    others: Iterable[Booking],
    windows: Iterable[Window],
    freezes: Iterable[Freeze],
    graph: Graph,
) -> list[Conflict]:
    """Every conflict of a change, in a stable order. `others` that hold no time, and itself, do not count.

    `graph` holds at least what lies within DEPTH edges of the change.
    """
    found: dict[tuple[Kind, UUID], list[Finding]] = defaultdict(list)
    against = against_changes(change, others, graph)
    for finding in (*against, *outside_windows(change, windows), *frozen(change, freezes, graph)):
        found[finding.kind, finding.other_id].append(finding)
    made = [gathered(findings) for findings in found.values()]
    return sorted(made, key=lambda each: (each.period, each.kind, each.other))


def against_changes(change: Booking, others: Iterable[Booking], graph: Graph) -> Iterator[Finding]:
    """Other changes at the same time: on the same or a neighbouring item, on a related service, by the
    same person.
    """
    mine, own = items(change.configuration_items), services(change.services)
    near = graph.around(mine, 1) - mine
    felt = graph.around(change.nodes)
    reach = {service: graph.around([service]) for service in own}
    for other in others:
        period = change.period.overlap(other.period)
        if period is None or other.id == change.id or other.status not in HOLDING:
            continue
        theirs, nodes = items(other.configuration_items), other.nodes
        related = (services(other.services) & felt) | {each for each in own if reach[each] & nodes}
        told: tuple[tuple[Kind, Iterable[Node]], ...] = (
            ("same_item", mine & theirs),
            ("related_item", near & theirs),
            ("related_service", related),
        )
        for kind, through in told:
            for node in through:
                yield Finding(kind, "change", other.id, other.number, node, period)
        if change.assignee is not None and change.assignee == other.assignee:
            yield Finding("assignee", "change", other.id, other.number, None, period)


def outside_windows(change: Booking, windows: Iterable[Window]) -> Iterator[Finding]:
    """What the change touches has maintenance windows, and part of its time lies in none of them."""
    given = tuple(windows)
    for node in change.nodes:
        own = sorted(touching(given, node, change.period.start), key=lambda each: each.key)
        if not own:
            continue
        cover = [each for window in own for each in window.during(change.period)]
        for part in outside(change.period, cover):
            yield Finding("outside_window", "maintenance_window", own[0].id, own[0].key, node, part)


def frozen(change: Booking, freezes: Iterable[Freeze], graph: Graph) -> Iterator[Finding]:
    """Freezes of what the change touches, or of what needs it, that do not exempt the change."""
    felt = graph.above(change.nodes)
    for freeze in freezes:
        if freeze.exempts(change.number, change.change_type):
            continue
        through = freeze.nodes & felt
        if freeze.nodes and not through:
            continue
        for each in freeze.during(change.period):
            if (period := change.period.overlap(each)) is not None:
                for node in through or (None,):
                    yield Finding("freeze", "freeze", freeze.id, freeze.key, node, period)


def gathered(findings: list[Finding]) -> Conflict:
    """One conflict of all findings about one other record."""
    first = findings[0]
    through = tuple(sorted({each.through for each in findings if each.through is not None}))
    return Conflict(
        kind=first.kind,
        other_kind=first.other_kind,
        other_id=first.other_id,
        other=first.other,
        through=through,
        period=hull(each.period for each in findings),
        why=sentence(first.kind, first.other, ", ".join(node.key for node in through)),
    )


def sentence(kind: Kind, other: str, through: str) -> str:
    """Why it is a conflict."""
    match kind:
        case "same_item":
            return f"{other} works on {through} at the same time."
        case "related_item":
            return f"{other} works on {through} at the same time, one dependency away from this change."
        case "related_service":
            return f"{other} is felt at the same time by the same service: {through}."
        case "assignee":
            return f"Who is assigned is booked for {other} at the same time."
        case "outside_window":
            return f"Some of the planned time lies outside the maintenance windows of {through}."
        case "freeze":
            return (
                f"The freeze {other} is on{f' for {through}' if through else ''}, and does not exempt this."
            )

"""What surrounds a change's planned time, as commands, queries and projections all load it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Protocol
from uuid import UUID

from itsm_change.rules.accepting import Acceptance, Judged, judged
from itsm_change.rules.change import Change
from itsm_change.rules.conflicts import HOLDING, PLANNED, Booking, conflicts
from itsm_change.rules.graph import DEPTH, Graph, Node, items, services
from itsm_change.rules.interval import Interval
from itsm_change.rules.windows import Freeze, Window

MANY: Final = 200
"""With more nodes than this it is quicker to look at every change of that time."""

GRAPH: Final = f"""
WITH RECURSIVE given AS (SELECT * FROM unnest($2::text[], $3::text[]) AS n (kind, key)),
up AS (
    SELECT d.*, 1 AS depth FROM given n JOIN dependency d
        ON d.tenant = $1 AND d.present AND d.dependency_kind = n.kind AND d.dependency_key = n.key
    UNION
    SELECT d.*, up.depth + 1 FROM up JOIN dependency d ON d.tenant = $1 AND d.present
        AND d.dependency_kind = up.dependent_kind AND d.dependency_key = up.dependent_key
    WHERE up.depth < {DEPTH}
),
down AS (
    SELECT d.*, 1 AS depth FROM given n JOIN dependency d
        ON d.tenant = $1 AND d.present AND d.dependent_kind = n.kind AND d.dependent_key = n.key
    UNION
    SELECT d.*, down.depth + 1 FROM down JOIN dependency d ON d.tenant = $1 AND d.present
        AND d.dependent_kind = down.dependency_kind AND d.dependent_key = down.dependency_key
    WHERE down.depth < {DEPTH}
)
SELECT dependent_kind, dependent_key, dependency_kind, dependency_key FROM up
UNION SELECT dependent_kind, dependent_key, dependency_kind, dependency_key FROM down
"""  # noqa: S608  # made of constants alone
TIME: Final = "tstzrange(planned_start, greatest(planned_start, planned_end))"
OTHERS: Final = f"""
SELECT id, number, change_type, status, planned_start, planned_end, services, configuration_items, assignee
FROM change
WHERE tenant = $1 AND planned_end IS NOT NULL AND {TIME} && tstzrange($2, $3)
    AND status = ANY($4::text[]) AND id <> $5 AND NOT unauthorized
    AND ($6::text[] IS NULL OR services && $6 OR configuration_items && $7 OR assignee = $8)
"""  # noqa: S608  # made of constants alone
FOR_IT: Final = """tenant = $1 AND status = 'active' AND (over_at IS NULL OR over_at > $2)
    AND (services = '{}' AND configuration_items = '{}' OR services && $3 OR configuration_items && $4)"""
WINDOWS: Final = f"""
SELECT false AS freezes, card FROM maintenance_window WHERE {FOR_IT}
UNION ALL SELECT true, card FROM change_freeze WHERE {FOR_IT} AND starts_at < $5
"""  # noqa: S608  # made of constants alone
ACCEPTED: Final = (
    "SELECT card FROM conflict WHERE (change_id = $1 OR other_id = $1) AND tenant = $2 AND accepted"
)


class Reads(Protocol):
    """A connection, or the pool of them."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """All rows of one statement."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A change's planned time and what surrounds it; no booking where it plans or holds none."""

    booking: Booking | None
    graph: Graph
    others: Sequence[Booking] = ()
    windows: Sequence[Window] = ()
    freezes: Sequence[Freeze] = ()
    found: list[Judged] = field(default_factory=list)


def booked(state: Change) -> Booking | None:
    """What the change plans or holds; None once it is history, and without a time."""
    if state.planned_start is None or state.planned_end is None:
        return None
    if state.status not in PLANNED or state.unauthorized:
        return None
    return booking_of(state, Interval(state.planned_start, state.planned_end))


def booking_of(state: Change, period: Interval) -> Booking:
    """The change as if it were planned for this time."""
    return Booking(
        id=UUID(state.id),
        number=state.number,
        change_type=state.change_type,
        status=state.status,
        period=period,
        services=state.services,
        configuration_items=state.configuration_items,
        assignee=state.assignee,
    )


async def graph_of(reads: Reads, tenant: str, nodes: Iterable[Node]) -> Graph:
    """The service map within DEPTH edges of these nodes."""
    given = list(nodes)
    if not given:
        return Graph()
    rows = await reads.fetch(GRAPH, tenant, [node.kind for node in given], [node.key for node in given])
    return Graph((Node(row[0], row[1]), Node(row[2], row[3])) for row in rows)


async def around(reads: Reads, tenant: str, booking: Booking, statuses: Iterable[str] = HOLDING) -> Scene:
    """What surrounds a booking: others in these states at its time, windows and freezes."""
    graph = await graph_of(reads, tenant, booking.nodes)
    felt = graph.around(booking.nodes)
    start, end = booking.period
    keys, names = split(felt) if len(felt) <= MANY else (None, None)
    rows = await reads.fetch(
        OTHERS, tenant, start, end, list(statuses), booking.id, keys, names, booking.assignee
    )
    windows, freezes = [], []
    for row in await reads.fetch(WINDOWS, tenant, start, *split(felt), end):
        if row["freezes"]:
            freezes.append(freeze_of(row["card"]))
        else:
            windows.append(window_of(row["card"]))
    others = [
        Booking(
            **{name: row[name] for name in ("id", "number", "change_type", "status", "assignee")},
            period=Interval(row["planned_start"], row["planned_end"]),
            services=tuple(row["services"]),
            configuration_items=tuple(row["configuration_items"]),
        )
        for row in rows
    ]
    return Scene(booking, graph, others, windows, freezes)


async def scene(reads: Reads, tenant: str, state: Change, statuses: Iterable[str] = HOLDING) -> Scene:
    """What surrounds a change, and the conflicts that it has, each with its acceptance."""
    booking = booked(state)
    if booking is None:
        nodes = services(state.services) | items(state.configuration_items)
        return Scene(None, await graph_of(reads, tenant, nodes))
    made = await around(reads, tenant, booking, statuses)
    found = conflicts(booking, made.others, made.windows, made.freezes, made.graph)
    return replace(made, found=judged(booking.id, found, await acceptances(reads, tenant, booking.id)))


async def acceptances(reads: Reads, tenant: str, change: UUID) -> dict[tuple[UUID, str, UUID], Acceptance]:
    """What was accepted of a change's conflicts, and of those that others have with it."""
    found = {}
    for row in await reads.fetch(ACCEPTED, change, tenant):
        told = json.loads(row["card"])
        period = Interval(*(datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at")))
        accepted = told["accepted"]
        at = datetime.fromisoformat(accepted["at"])
        key = (UUID(told["change_id"]), told["kind"], UUID(told["other"]["id"]))
        found[key] = Acceptance(accepted["by"], at, accepted["reason"], period)
    return found


def split(nodes: Iterable[Node]) -> tuple[list[str], list[str]]:
    """Keys of services, and of configuration items."""
    given = list(nodes)
    return (
        [node.key for node in given if node.kind == "service"],
        [node.key for node in given if node.kind == "configuration_item"],
    )


@lru_cache(4096)
def window_of(card: str) -> Window:
    """A maintenance window from its card."""
    return Window.of(json.loads(card))


@lru_cache(4096)
def freeze_of(card: str) -> Freeze:
    """A freeze from its card."""
    return Freeze.of(json.loads(card))

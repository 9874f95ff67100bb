"""What surrounds a change's planned time, as commands, queries and projections all load it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

BRIEF: Final = timedelta(days=7)
"""In a longer time so much may recur that others would wait: that is worked out beside the event loop."""

EDGES: Final = f"""
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
),
edge (dependent_kind, dependent_key, dependency_kind, dependency_key) AS (
    SELECT dependent_kind, dependent_key, dependency_kind, dependency_key FROM up
    UNION SELECT dependent_kind, dependent_key, dependency_kind, dependency_key FROM down
)
"""  # noqa: S608  # made of constants alone
GRAPH: Final = f"{EDGES} SELECT * FROM edge"  # noqa: S608  # made of constants alone
TIME: Final = "tstzrange(planned_start, greatest(planned_start, planned_end))"
FOR_IT: Final = """tenant = $1 AND status = 'active' AND (over_at IS NULL OR over_at > $4) AND (
    services = '{}' AND configuration_items = '{}'
    OR services && (SELECT keys FROM felt) OR configuration_items && (SELECT names FROM felt))"""
AROUND: Final = f"""{EDGES}, node AS (
    SELECT kind, key FROM given
    UNION SELECT dependent_kind, dependent_key FROM edge
    UNION SELECT dependency_kind, dependency_key FROM edge
),
felt AS MATERIALIZED (
    SELECT count(*) > {MANY} AS many,
        coalesce(array_agg(key) FILTER (WHERE kind = 'service'), '{{}}') AS keys,
        coalesce(array_agg(key) FILTER (WHERE kind <> 'service'), '{{}}') AS names
    FROM node
)
SELECT 'edge' AS what, to_json(edge)::text AS told FROM edge
UNION ALL SELECT 'other', json_build_array(id, number, change_type, status, planned_start, planned_end,
    services, configuration_items, assignee)::text
FROM change
WHERE tenant = $1 AND planned_end IS NOT NULL AND {TIME} && tstzrange($4, $5)
    AND status = ANY($6::text[]) AND id <> $7 AND NOT unauthorized
    AND ((SELECT many FROM felt) OR services && (SELECT keys FROM felt)
        OR configuration_items && (SELECT names FROM felt) OR assignee = $8)
UNION ALL SELECT 'window', card FROM maintenance_window WHERE {FOR_IT}
UNION ALL SELECT 'freeze', card FROM change_freeze WHERE {FOR_IT} AND starts_at < $5
UNION ALL SELECT 'accepted', card FROM conflict
WHERE (change_id = $7 OR other_id = $7) AND tenant = $1 AND accepted
"""  # noqa: S608  # made of constants alone
"""All in one statement: pipelines wait for it at the gate."""


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
    """What surrounds a booking: others in these states at its time, windows and freezes, and its conflicts,
    each with its acceptance.
    """
    nodes = list(booking.nodes)
    kinds, keys = [node.kind for node in nodes], [node.key for node in nodes]
    asked = (tenant, kinds, keys, *booking.period, list(statuses), booking.id, booking.assignee)
    told: dict[str, list[str]] = defaultdict(list)
    for row in await reads.fetch(AROUND, *asked):
        told[row["what"]].append(row["told"])
    graph = Graph(edge_of(json.loads(text)) for text in told["edge"])
    others = [other_of(json.loads(text)) for text in told["other"]]
    windows = [window_of(text) for text in told["window"]]
    freezes = [freeze_of(text) for text in told["freeze"]]
    if booking.period.end - booking.period.start > BRIEF:
        found = await asyncio.to_thread(conflicts, booking, others, windows, freezes, graph)
    else:
        found = conflicts(booking, others, windows, freezes, graph)
    accepted = dict(acceptance_of(json.loads(text)) for text in told["accepted"])
    return Scene(booking, graph, others, windows, freezes, judged(booking.id, found, accepted))


async def scene(reads: Reads, tenant: str, state: Change, statuses: Iterable[str] = HOLDING) -> Scene:
    """What surrounds a change; where it plans no time only the map."""
    booking = booked(state)
    if booking is None:
        nodes = services(state.services) | items(state.configuration_items)
        return Scene(None, await graph_of(reads, tenant, nodes))
    return await around(reads, tenant, booking, statuses)


def edge_of(told: dict[str, Any]) -> tuple[Node, Node]:
    """An edge from its row."""
    return (
        Node(told["dependent_kind"], told["dependent_key"]),
        Node(told["dependency_kind"], told["dependency_key"]),
    )


def other_of(told: list[Any]) -> Booking:
    """Another change from its columns."""
    identity, number, change_type, status, start, end, touched, on, assignee = told
    return Booking(
        id=UUID(identity),
        number=number,
        change_type=change_type,
        status=status,
        period=Interval(datetime.fromisoformat(start), datetime.fromisoformat(end)),
        services=tuple(touched),
        configuration_items=tuple(on),
        assignee=assignee,
    )


def acceptance_of(told: dict[str, Any]) -> tuple[tuple[UUID, str, UUID], Acceptance]:
    """Whose conflict was accepted, of which kind and with whom; and how."""
    period = Interval(*(datetime.fromisoformat(told[name]) for name in ("starts_at", "ends_at")))
    accepted = told["accepted"]
    made = Acceptance(accepted["by"], datetime.fromisoformat(accepted["at"]), accepted["reason"], period)
    return (UUID(told["change_id"]), told["kind"], UUID(told["other"]["id"])), made


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

"""What has to be worked out anew: every change that something new is about, or near to.

Marking too many does no harm, and marking twice neither.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.bus.decoding import Received
from itsm_events import EVENTS, Envelope
from itsm_events.catalog import ServiceDetails
from itsm_events.change import ChangeBackedOut, ChangeClosed, ChangeDetails
from itsm_events.dependency import DependencyEvent
from itsm_events.freeze import FreezeEvent
from itsm_events.maintenance_window import MaintenanceWindowEvent
from itsm_events.risk_model import RiskModelIssued

from itsm_change.rules.conflicts import PLANNED
from itsm_change.rules.graph import Node, items, services
from itsm_change.tables.scenery import graph_of, split

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

OPEN: Final = f"tenant = $1 AND status IN ({', '.join(repr(each) for each in sorted(PLANNED))})"
MARK: Final = """
INSERT INTO assessment (id, tenant, version, marks, due_at)
SELECT id, tenant, 0, 1, 'epoch' FROM {which} ORDER BY id
ON CONFLICT (id) DO UPDATE SET marks = assessment.marks + 1, due_at = 'epoch'
"""
THESE: Final = MARK.format(which="unnest($1::uuid[], $2::text[]) AS given (id, tenant)")
TOUCHING: Final = MARK.format(
    which=f"change WHERE {OPEN} AND (services && $2::text[] OR configuration_items && $3::text[])"
)
ENDED: Final = "UPDATE assessment SET marks = marks + 1, due_at = 'epoch' WHERE id = ANY($1::uuid[])"
"""A change whose whole history arrives at once was never planned: nothing waits for it."""
ALL: Final = MARK.format(which=f"change WHERE {OPEN}")
COMPANIONS: Final = MARK.format(which=f"change WHERE {OPEN} AND (assignment_group = $2 OR template = $3)")
BEFORE: Final = """
SELECT envelope::json -> 'data' ->> 'services' AS services,
    envelope::json -> 'data' ->> 'configuration_items' AS items
FROM event WHERE subject = $1 AND sequence = $2
"""


async def follow(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Our own events: of changes, windows, freezes and risk models."""
    told = [(each.envelope, EVENTS[each.envelope.type]) for each in events]
    latest = {envelope.subject: envelope for envelope, kind in told if issubclass(kind, ChangeDetails)}
    planned = {one: each.tenant for one, each in latest.items() if each.data["status"] in PLANNED}
    await conn.execute(THESE, list(planned), list(planned.values()))
    await conn.execute(ENDED, list(latest.keys() - planned.keys()))
    companions = {
        (envelope.tenant, envelope.data["assignment_group"], envelope.data["template"])
        for envelope, kind in told
        if kind in (ChangeClosed, ChangeBackedOut)
    }
    for tenant, team, template in companions:
        await conn.execute(COMPANIONS, tenant, team, template)
    for envelope, kind in told:
        if issubclass(kind, MaintenanceWindowEvent | FreezeEvent):
            await follow_window(conn, envelope)
        elif kind is RiskModelIssued:
            await conn.execute(ALL, envelope.tenant)


async def follow_window(conn: "Connection[Any]", envelope: Envelope) -> None:
    """Whom a window or freeze is for, and was for before; a freeze is felt by what its nodes need."""
    versions = [(envelope.data["services"], envelope.data["configuration_items"])]
    versions += [
        (json_list(row["services"]), json_list(row["items"]))
        for row in await conn.fetch(BEFORE, envelope.subject, envelope.sequence - 1)
    ]
    if not all(keys or names for keys, names in versions):
        await conn.execute(ALL, envelope.tenant)
        return
    named = frozenset[Node]().union(*(services(keys) | items(names) for keys, names in versions))
    graph = await graph_of(conn, envelope.tenant, named)
    await mark_touching(conn, envelope.tenant, graph.below(named))


async def follow_catalog(conn: "Connection[Any]", received: Received) -> None:
    """A fact of the catalog, as soon as it is kept: what an edge joins, and a service's criticality."""
    envelope = received.envelope
    kind = EVENTS[envelope.type]
    if issubclass(kind, ServiceDetails):
        await mark_touching(conn, envelope.tenant, services([envelope.data["key"]]))
    elif issubclass(kind, DependencyEvent):
        ends = [Node(**{name: envelope.data[end][name] for name in ("kind", "key")}) for end in ENDS]
        graph = await graph_of(conn, envelope.tenant, ends)
        await mark_touching(conn, envelope.tenant, graph.around(ends))


ENDS: Final = ("dependent", "dependency")


async def mark_touching(conn: "Connection[Any]", tenant: str, nodes: Iterable[Node]) -> None:
    """Mark the open changes that touch one of these nodes."""
    await conn.execute(TOUCHING, tenant, *split(nodes))


async def mark(conn: "Connection[Any]", tenant: str, changes: Iterable[UUID]) -> None:
    """Mark these changes."""
    found = sorted(changes)
    await conn.execute(THESE, found, [tenant] * len(found))


def json_list(text: str) -> list[str]:
    """A JSON array of texts."""
    found: list[str] = json.loads(text)
    return found

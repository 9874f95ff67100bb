"""Our copy of the incidents: of each the event of the highest sequence counts."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.bus.decoding import Received
from itsm_events.incident import IncidentEvent

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

KEEP: Final = """
INSERT INTO incident AS i (
    id, tenant, sequence, number, service, opened_at, imported, caused_by, caused_by_at, caused_by_actor)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::timestamptz[],
    $7::boolean[], $8::text[], $9::timestamptz[], $10::text[])
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, number = excluded.number,
    service = excluded.service, opened_at = excluded.opened_at, caused_by = excluded.caused_by,
    caused_by_at = CASE WHEN i.caused_by IS DISTINCT FROM excluded.caused_by
        THEN excluded.caused_by_at ELSE i.caused_by_at END,
    caused_by_actor = CASE WHEN i.caused_by IS DISTINCT FROM excluded.caused_by
        THEN excluded.caused_by_actor ELSE i.caused_by_actor END
WHERE i.sequence < excluded.sequence RETURNING id
"""
FORGET: Final = "DELETE FROM affected WHERE incident_id = ANY($1::uuid[])"
AFFECTED: Final = """
INSERT INTO affected (incident_id, tenant, kind, key, opened_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT DO NOTHING
"""

Node = tuple[UUID, str, str, str, datetime]


async def keep(conn: "Connection[Any]", events: Sequence[Received]) -> set[UUID]:
    """Keep what these events tell of incidents; those of which something new was told."""
    latest: dict[UUID, Received] = {}
    for event in events:
        known = latest.get(event.envelope.subject)
        if known is None or known.envelope.sequence < event.envelope.sequence:
            latest[event.envelope.subject] = event
    if not latest:
        return set()
    told = {identity: row(latest[identity]) for identity in sorted(latest)}
    new = {kept["id"] for kept in await conn.fetch(KEEP, *map(list, zip(*told.values(), strict=True)))}
    nodes = [node for identity in sorted(new) for node in nodes_of(latest[identity])]
    await conn.execute(FORGET, list(new))
    if nodes:
        await conn.execute(AFFECTED, *map(list, zip(*nodes, strict=True)))
    return new


def row(event: Received) -> tuple[Any, ...]:
    """The columns of an incident."""
    envelope = event.envelope
    said = IncidentEvent.model_validate(envelope.data)
    return (
        envelope.subject,
        envelope.tenant,
        envelope.sequence,
        said.number,
        said.service,
        said.opened_at,
        envelope.imported,
        said.caused_by_change,
        envelope.time,
        envelope.actor,
    )


def nodes_of(event: Received) -> list[Node]:
    """The service and the items that the incident is about."""
    envelope = event.envelope
    said = IncidentEvent.model_validate(envelope.data)
    found = [("service", said.service)] if said.service else []
    found += [("configuration_item", key) for key in dict.fromkeys(said.configuration_items)]
    return [(envelope.subject, envelope.tenant, kind, key, said.opened_at) for kind, key in found]

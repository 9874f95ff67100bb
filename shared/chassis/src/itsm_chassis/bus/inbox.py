"""The inbox: which events a queue's consumer has applied, where an effect cannot tell that by itself."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from itsm_chassis.bus.decoding import Received

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

HEAR = """
INSERT INTO inbox (queue, event_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id
"""


async def unheard(conn: "Connection[Any]", queue: str, events: Iterable[Received]) -> list[Received]:
    """The events that were not applied yet, each once; noted in the effect's own transaction."""
    by_id = {event.envelope.id: event for event in events}
    heard = {row["event_id"] for row in await conn.fetch(HEAR, queue, list(by_id))} if by_id else set()
    return [event for identity, event in by_id.items() if identity in heard]

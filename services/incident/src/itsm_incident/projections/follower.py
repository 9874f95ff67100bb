"""Following our own incidents: whatever is said of one has its clocks counted anew."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from itsm_chassis.bus.decoding import Received

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

MARK = """
INSERT INTO clock_set (id, tenant, through, known_at, pins, clocks, recount_at)
SELECT id, tenant, 0, known_at, '{}', '[]', 'epoch'
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS given (id, tenant, known_at) ORDER BY id
ON CONFLICT (id) DO UPDATE SET recount_at = 'epoch'
"""


async def mark(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Mark the incidents that these events are about; marking one again does no harm."""
    told = {each.envelope.subject: each.envelope for each in events}
    known = [envelope.recordedtime for envelope in told.values()]
    await conn.execute(MARK, list(told), [envelope.tenant for envelope in told.values()], known)

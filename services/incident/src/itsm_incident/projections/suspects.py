"""Our copy of the changes suspected of having caused an incident: of each the latest that was said."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from itsm_chassis.bus.decoding import Received

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

KEEP: Final = """
INSERT INTO suspect (id, tenant, sequence, incident_id, state, said) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, state = excluded.state, said = excluded.said
WHERE suspect.sequence < excluded.sequence
"""


async def keep(conn: "Connection[Any]", events: Sequence[Received]) -> None:
    """Repeats and late events change nothing."""
    for event in events:
        envelope, said = event.envelope, event.envelope.data
        told = json.dumps(said | {"id": str(envelope.subject)}, ensure_ascii=False)
        place = (envelope.subject, envelope.tenant, envelope.sequence)
        await conn.execute(KEEP, *place, UUID(said["incident"]), said["state"], told)

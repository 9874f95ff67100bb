"""Demand: how often each service is asked for, by the month in which it happened."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.bus.decoding import Received
from itsm_events.incident import IncidentOpened
from itsm_events.service_request import ServiceRequestSubmitted

if TYPE_CHECKING:
    from datetime import date

    from itsm_chassis.store.database import Connection

KINDS: Final = {IncidentOpened.type: "incident", ServiceRequestSubmitted.type: "request"}

NEW: Final = """
INSERT INTO inbox (queue, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS given (id) ORDER BY id
ON CONFLICT DO NOTHING RETURNING event_id
"""
ADD: Final = """
INSERT INTO demand (tenant, service, month, kind, count)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::int[]) ORDER BY 1, 2, 3, 4
ON CONFLICT (tenant, service, month, kind) DO UPDATE SET count = demand.count + excluded.count
"""


async def count(conn: "Connection[Any]", queue: str, events: Sequence[Received]) -> None:
    """Count each event once, however often it comes; imported history counts in its own month."""
    told = {each.envelope.id: each.envelope for each in events}
    new = await conn.fetch(NEW, queue, list(told))
    added: Counter[tuple[str, str, date, str]] = Counter()
    for envelope in (told[row["event_id"]] for row in new):
        if (service := envelope.data.get("service")) is not None:
            month = envelope.time.date().replace(day=1)
            added[envelope.tenant, service, month, KINDS[envelope.type]] += 1
    if added:
        columns = [list(column) for column in zip(*added, strict=True)]
        await conn.execute(ADD, *columns, list(added.values()))

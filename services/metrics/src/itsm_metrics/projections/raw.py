"""The raw log: every event heard, once, for good."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.compiled import Compiled
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from itsm_metrics.projections.arrays import bound, given
from itsm_metrics.tables import raw_event

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

COLUMNS = [c for c in raw_event.columns if c.name != "arrival"]
HISTORY = [raw_event.c.resource, raw_event.c.tenant, raw_event.c.subject]

_rows = given(COLUMNS)
KEEP = Compiled(
    insert(raw_event)
    .from_select([c.name for c in COLUMNS], select(*(_rows.c[c.name] for c in COLUMNS)))
    .on_conflict_do_nothing(index_elements=[raw_event.c.id])
    .returning(raw_event.c.id)
)
_wanted = given(HISTORY)
READ = Compiled(select(*HISTORY, raw_event.c.envelope).where(*(_wanted.c[c.name] == c for c in HISTORY)))


class Subject(NamedTuple):
    """Whose events are folded together."""

    resource: str
    tenant: str
    subject: UUID


def subject_of(event: Received) -> Subject:
    """`itsm.incident.opened.v1` is about an incident."""
    said = event.envelope
    return Subject(said.type.split(".")[1], said.tenant, said.subject)


def row(event: Received) -> tuple[Any, ...]:
    """The event in the order of `COLUMNS`."""
    said = event.envelope
    return (
        said.id,
        said.tenant,
        said.source,
        subject_of(event).resource,
        said.subject,
        said.sequence,
        said.time,
        said.recordedtime,
        event.position,
        event.body,
    )


async def keep(conn: "Connection[Any]", events: Sequence[Received]) -> list[Received]:
    """Store those never heard before; returns them, each once."""
    by_id = {event.envelope.id: event for event in events}
    rows = [row(by_id[identity]) for identity in sorted(by_id)]
    return [by_id[kept["id"]] for kept in await conn.fetch(KEEP.sql, *bound(KEEP, COLUMNS, rows))]


async def histories(conn: "Connection[Any]", subjects: Iterable[Subject]) -> dict[Subject, list[str]]:
    """All envelopes of each subject, in no particular order."""
    found: dict[Subject, list[str]] = {}
    for resource, tenant, subject, envelope in await conn.fetch(READ.sql, *bound(READ, HISTORY, subjects)):
        found.setdefault(Subject(resource, tenant, subject), []).append(envelope)
    return found

"""How far each source has been heard, per tenant and resource."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.compiled import Compiled
from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert

from itsm_metrics.projections.arrays import bound, given
from itsm_metrics.projections.raw import subject_of
from itsm_metrics.tables import source

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

COLUMNS = list(source.columns)

_rows = given(COLUMNS)
_adding = insert(source).from_select([c.name for c in COLUMNS], select(*(_rows.c[c.name] for c in COLUMNS)))
_new = _adding.excluded
HEARD = Compiled(
    _adding.on_conflict_do_update(
        index_elements=list(source.primary_key.columns),
        set_={
            "events": source.c.events + _new.events,
            "last_position": func.greatest(source.c.last_position, _new.last_position),
            "last_recorded_at": func.greatest(source.c.last_recorded_at, _new.last_recorded_at),
            "applied_at": case(
                (_new.last_recorded_at >= source.c.last_recorded_at, _new.applied_at),
                else_=source.c.applied_at,
            ),
        },
    )
)


async def heard(conn: "Connection[Any]", events: Iterable[Received], now: datetime) -> None:
    """Count events applied at `now`, none of them counted before."""
    groups: dict[tuple[str, str, str], list[Received]] = defaultdict(list)
    for event in events:
        about = subject_of(event)
        groups[about.tenant, event.envelope.source, about.resource].append(event)
    rows = [
        (
            *key,
            len(group),
            max((e.position for e in group if e.position is not None), default=None),
            max(e.envelope.recordedtime for e in group),
            now,
        )
        for key, group in sorted(groups.items())
    ]
    await conn.execute(HEARD.sql, *bound(HEARD, COLUMNS, rows))

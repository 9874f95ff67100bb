"""What happened to a record, page by page: its own events, and those that stand in its timeline."""

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlalchemy import Integer, Select, Uuid, bindparam, select, tuple_

from itsm_chassis.clock import text
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import event

FIRST: Final = (datetime.fromisoformat("0001-01-01T00:00:00Z"), UUID(int=0))
"""Before every event."""

Place = tuple[datetime, UUID]
"""Where an event stands in a timeline: recorded_at, id; the ids of one commit rise in the order of cause."""

Found = tuple[list[dict[str, Any]], Place | None]
"""A page, and the place to go on from where there is more."""


def page_of(*conditions: Any) -> Compiled:
    """Events of one record after a place, oldest first."""
    after = tuple_(
        bindparam("recorded_at", type_=event.c.recorded_at.type),
        bindparam("id", type_=Uuid),
    )
    statement: Select[Any] = (
        select(event)
        .where(event.c.record_id == bindparam("record"), event.c.tenant == bindparam("tenant"))
        .where(tuple_(event.c.recorded_at, event.c.id) > after)
        .where(*conditions)
        .order_by(event.c.recorded_at, event.c.id)
        .limit(bindparam("limit", type_=Integer))
    )
    return Compiled(statement)


async def page(
    db: Database, tenant: str, record: UUID, statement: Compiled, limit: int, start: Place | None
) -> tuple[list[asyncpg.Record], Place | None]:
    """Rows of `page_of` after a place, and the last one's place where there are more."""
    recorded_at, identity = start or FIRST
    values = {"record": record, "tenant": tenant, "limit": limit + 1}
    values |= {"recorded_at": recorded_at, "id": identity}
    rows = await db.fetch(statement.sql, *statement.args(values))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], (last["recorded_at"], last["id"])


def happening(row: asyncpg.Record) -> dict[str, Any]:
    """An event as a timeline shows it: people by name, private fields in their places."""
    envelope = json.loads(row["envelope"])
    kept = json.loads(row["private"]) if row["private"] else {}
    shown = {"id": str(row["id"]), "type": row["type"], "subject": str(row["subject"])}
    shown |= {"sequence": row["sequence"], "time": text(row["time"])}
    shown |= {"recorded_at": text(row["recorded_at"]), "actor": row["actor"]}
    return shown | {"imported": envelope["imported"], "data": envelope["data"] | kept}

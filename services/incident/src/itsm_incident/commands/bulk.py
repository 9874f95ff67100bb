"""Many new incidents and their events at once: one INSERT of the rows, COPY for the rest."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final
from uuid import UUID

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.copying import copy
from itsm_chassis.store.database import Connection, Database
from itsm_chassis.store.tables import event, outbox
from itsm_chassis.store.work import Fact
from sqlalchemy import ARRAY, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import insert

from itsm_incident.tables import SLA_COLUMNS, incident

PATIENCE_S: Final = 60
TURN: Final = 64
"""Facts made before other requests get their turn."""

LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = '20s'"
"""A twin import may hold an external_id until its chunk commits; that takes about a second."""

KNOWN = Compiled(
    select(incident.c.external_id, incident.c.id, incident.c.import_digest).where(
        incident.c.tenant == bindparam("tenant"),
        incident.c.external_id == func.any(bindparam("wanted", type_=ARRAY(incident.c.external_id.type))),
    )
)

WRITTEN: Final = tuple(c for c in incident.columns if c.name not in SLA_COLUMNS)

given = (
    func.unnest(*(bindparam(f"all_{c.name}", type_=ARRAY(c.type)) for c in WRITTEN))
    .table_valued(*(column(c.name, c.type) for c in WRITTEN))
    .render_derived("given")
)
# In one order for every writer, so that twin imports wait for each other and never in a circle.
STORE = Compiled(
    insert(incident)
    .from_select([c.name for c in WRITTEN], select(*given.c).order_by(given.c.external_id))
    .on_conflict_do_nothing(index_elements=["tenant", "external_id"])
    .returning(incident.c.external_id)
)

Known = dict[str, tuple[UUID, bytes | None]]


async def known(db: Database, tenant: str, wanted: Sequence[str]) -> Known:
    """Id and digest of the incidents that have these external ids."""
    async with db.connection() as connection:
        return await ask(connection, tenant, wanted)


async def ask(connection: "Connection[Any]", tenant: str, wanted: Sequence[str]) -> Known:
    """The same, on a connection."""
    rows = await connection.fetch(KNOWN.sql, *KNOWN.args({"tenant": tenant, "wanted": list(wanted)}))
    return {row["external_id"]: (row["id"], row["import_digest"]) for row in rows}


async def store(
    db: Database, tenant: str, rows: Sequence[Mapping[str, Any]], facts: Sequence[Iterable[Fact]]
) -> Known:
    """Store incidents with their facts in one commit; returns those that a twin stored first, untouched."""
    columns = {f"all_{c.name}": [row[c.name] for row in rows] for c in WRITTEN}
    async with db.transaction() as connection:
        await connection.execute(LOCK_TIMEOUT)
        new = await connection.fetch(STORE.sql, *STORE.args(columns), timeout=PATIENCE_S)
        mine = {row["external_id"] for row in new}
        spoken: list[tuple[str, UUID]] = []
        said = noted(
            spoken, (those for row, those in zip(rows, facts, strict=True) if row["external_id"] in mine)
        )
        await copy(connection, event.name, [c.name for c in event.columns], said, PATIENCE_S)
        await copy(connection, outbox.name, ["tenant", "event_id"], spoken, PATIENCE_S)
        others = [row["external_id"] for row in rows if row["external_id"] not in mine]
        lost = await ask(connection, tenant, others) if others else {}
    db.committed.set()
    return lost


async def noted(spoken: list[tuple[str, UUID]], facts: Iterable[Iterable[Fact]]) -> AsyncIterator[Fact]:
    """The facts one by one; `spoken` gets what the outbox is to hold of them."""
    for fact in chain.from_iterable(facts):
        if len(spoken) % TURN == 0:
            await asyncio.sleep(0)
        spoken.append((fact.tenant, fact.id))
        yield fact

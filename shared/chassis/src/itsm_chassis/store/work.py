"""One record change and the facts that it states, written by one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

from itsm_events import Envelope, Event, opaque
from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    Integer,
    Label,
    Select,
    Table,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context, Key
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.tables import event, idempotency, outbox

Mode = Literal["insert", "update", "delete", "say", "hold"]
FACT_COLUMNS = tuple(event.columns)
KEY_COLUMNS = tuple(idempotency.columns)


class Fact(NamedTuple):
    """One row of the event table, in its column order."""

    id: UUID
    tenant: str
    subject: UUID
    sequence: int
    record_id: UUID
    type: str
    time: datetime
    recorded_at: datetime
    actor: str
    envelope: str
    private: str | None


def fact(
    ctx: Context,
    source: str,
    said: Event,
    *,
    subject: UUID,
    sequence: int,
    record: UUID | None = None,
    at: datetime | None = None,
    imported: bool = False,
) -> Fact:
    """The row of an event, its envelope as the text that will be published.

    `source` is the service's name; `at` is when it happened (default: now); `record` is the record
    whose timeline shows it, where that is not the subject.
    """
    identity, happened = new_id(), at or ctx.now
    envelope = Envelope(
        id=identity,
        source=f"/itsm/{source}",
        type=said.type,
        subject=subject,
        sequence=sequence,
        time=happened,
        recordedtime=ctx.now,
        tenant=ctx.tenant,
        actor=opaque(ctx.tenant, ctx.actor),
        traceparent=ctx.traceparent,
        imported=imported,
        data=said.public(ctx.tenant),
    )
    private = said.private()
    return Fact(
        identity,
        ctx.tenant,
        subject,
        sequence,
        record or subject,
        said.type,
        happened,
        ctx.now,
        ctx.actor,
        envelope.text(),
        json.dumps(private, ensure_ascii=False) if private else None,
    )


@dataclass(frozen=True, slots=True)
class Work:
    """A change of one record: `version` is the new one, an update or delete expects `version - 1`
    (or `was`, where several facts raise it by more than one).

    `mode` "say" changes no row and only states facts (a comment is its event). "hold" changes nothing and
    states nothing: the record must still be at `was`, and stays there until the commit.
    """

    mode: Mode
    facts: Sequence[Fact]
    table: Table | None = None
    id: UUID | None = None
    tenant: str = ""
    row: Mapping[str, Any] | None = None
    was: int = 0

    def statement(self, keyed: bool) -> Compiled:
        """The compiled statement of this shape; compiled once per table, mode and columns."""
        return statement(self.mode, self.table, tuple(self.row or ()), keyed)

    def binds(self, ctx: Context, key: Key | None, answer: Answer) -> dict[str, Any]:
        """Values for every bind of `statement`."""
        values: dict[str, Any] = {f"row_{name}": value for name, value in (self.row or {}).items()}
        values |= {"the_id": self.id, "the_tenant": self.tenant, "was": self.was}
        columns = list(zip(*self.facts, strict=True)) or [()] * len(FACT_COLUMNS)
        values |= {f"fact_{c.name}": list(cells) for c, cells in zip(FACT_COLUMNS, columns, strict=True)}
        if key is not None:
            scope = (ctx.tenant, ctx.actor, key.method, key.path, key.value, key.fingerprint)
            stored = (*scope, answer.status, answer.body, answer.version, answer.location, ctx.now)
            values |= {f"key_{c.name}": cell for c, cell in zip(KEY_COLUMNS, stored, strict=True)}
        return values


@cache
def statement(mode: Mode, table: Table | None, columns: tuple[str, ...], keyed: bool) -> Compiled:
    """One statement that changes the row, states the facts, keeps the answer and fills the outbox.

    The outbox position is drawn from the rows that the change returned, so after the record's lock
    is held: positions follow commit order within a subject. A taken key (insert, say) or a version
    that moved on (update, delete) makes it insert nothing at all.
    """
    if table is not None and mode == "hold":
        return Compiled(select(literal_column("1")).where(at_version(table)).with_for_update())
    key_row = [bindparam(f"key_{c.name}", type_=c.type) for c in KEY_COLUMNS]
    gate: CTE | None = None
    extra: list[CTE] = []
    if keyed and mode in ("insert", "say"):
        taken = upsert(idempotency).from_select([c.name for c in KEY_COLUMNS], select(*key_row))
        gate = taken.on_conflict_do_nothing().returning(literal_column("1").label("one")).cte("answered")
    if table is not None and mode != "say":
        gate = changed(mode, table, columns, gate)
        if keyed and mode in ("update", "delete"):
            kept = insert(idempotency).from_select(
                [c.name for c in KEY_COLUMNS], select(*key_row).select_from(gate)
            )
            extra.append(kept.cte("answered"))
    facts = stated(gate)
    said = facts.cte("said")
    rows = select(said.c.tenant, said.c.id).order_by(said.c.sequence)
    filled = insert(outbox).from_select(["tenant", "event_id"], rows)
    return Compiled(filled.add_cte(*extra) if extra else filled)


def changed(mode: Mode, table: Table, columns: tuple[str, ...], gate: CTE | None) -> CTE:
    """The change of the row itself, returning one row where it took place."""
    fixed = ("id", "tenant") if mode == "update" else ()
    values = {
        name: bindparam(f"row_{name}", type_=table.c[name].type) for name in columns if name not in fixed
    }
    one: Label[int] = literal_column("1", Integer).label("one")
    if mode == "insert":
        row: Select[Any] = select(*values.values())
        if gate is not None:
            row = row.where(exists(select(gate.c.one)))
        return insert(table).from_select(list(columns), row).returning(one).cte("changed")
    mine = at_version(table)
    if mode == "delete":
        return delete(table).where(mine).returning(one).cte("changed")
    return update(table).where(mine).values(**values).returning(one).cte("changed")


def at_version(table: Table) -> ColumnElement[bool]:
    """The record, as long as it is at the version that was read."""
    return (
        (table.c.id == bindparam("the_id", type_=table.c.id.type))
        & (table.c.tenant == bindparam("the_tenant", type_=table.c.tenant.type))
        & (table.c.version == bindparam("was", type_=table.c.version.type))
    )


def stated(gate: CTE | None) -> Any:
    """The event rows, from arrays, only where the gate let the change through."""
    arrays = [bindparam(f"fact_{c.name}", type_=ARRAY(c.type)) for c in FACT_COLUMNS]
    given = (
        func.unnest(*arrays)
        .table_valued(*(column(c.name, c.type) for c in FACT_COLUMNS))
        .render_derived("given")
    )
    facts = select(*(given.c[c.name] for c in FACT_COLUMNS))
    if gate is not None:
        facts = facts.where(exists(select(gate.c.one)))
    stored = insert(event).from_select([c.name for c in FACT_COLUMNS], facts)
    return stored.returning(event.c.id, event.c.tenant, event.c.sequence)

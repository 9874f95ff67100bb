"""Maintenance windows and freezes: made, edited, cancelled."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from itsm_chassis.errors import Refused, Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import created, find
from itsm_chassis.store.work import Work, fact
from itsm_events import freeze as freezes
from itsm_events import maintenance_window as windows
from pydantic_core import to_json
from sqlalchemy import Table

from itsm_change.commands.recording import SOURCE
from itsm_change.rules.recurrence import check
from itsm_change.rules.windows import Freeze, Window, edited, shaped
from itsm_change.tables import change_freeze, maintenance_window


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of window: its table, its record, its place, and its events."""

    table: Table
    record: type[Window]
    place: str
    made: type[windows.WindowEvent]
    updated: type[windows.WindowEvent]
    cancelled: type[windows.WindowEvent]


MAINTENANCE: Final = Sort(
    maintenance_window,
    Window,
    "/v1/maintenance-windows",
    windows.MaintenanceWindowScheduled,
    windows.MaintenanceWindowUpdated,
    windows.MaintenanceWindowCancelled,
)
FREEZE: Final = Sort(
    change_freeze,
    Freeze,
    "/v1/freezes",
    freezes.FreezeDeclared,
    freezes.FreezeUpdated,
    freezes.FreezeLifted,
)


async def make(db: Database, ctx: Context, sort: Sort, given: Mapping[str, Any]) -> Answer:
    """Make one; Invalid where it would never take place, Refused where the key is taken."""
    window = sort.record(id=new_id(), **shaped(given))
    check(window.schedule)

    async def decide() -> Decision:
        said = sort.made.model_validate(asdict(window))
        return created(ctx, sort.table, window, said, source=SOURCE, place=sort.place)

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, sort: Sort, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch)."""

    async def decide() -> Decision:
        before = await current(db, ctx, sort, reference)
        after = edited(before, given)
        if after is None:
            return [], Answer(200, to_json(before).decode(), before.version)
        return changed(ctx, sort, after, sort.updated)

    return await perform(db, ctx, decide)


async def cancel(db: Database, ctx: Context, sort: Sort, reference: str) -> Answer:
    """Let it take place no more."""

    async def decide() -> Decision:
        after = edited(await current(db, ctx, sort, reference), {"status": "cancelled"})
        if after is None:
            raise Refused("already_cancelled", "It is cancelled already.")
        return changed(ctx, sort, after, sort.cancelled)

    return await perform(db, ctx, decide)


async def current(db: Database, ctx: Context, sort: Sort, reference: str) -> Window:
    """It as it is now; raises Missing, and Stale where it has moved on."""
    card = await find(db, ctx, sort.table, reference, name="key")
    if ctx.expected not in (None, card.version):
        raise Stale(card.version)
    return sort.record.of(json.loads(card.text))


def changed(ctx: Context, sort: Sort, window: Window, event: type[windows.WindowEvent]) -> Decision:
    """The decision to store its next version and to state it."""
    card = to_json(window).decode()
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": card}
    row |= {c.name: getattr(window, c.name) for c in sort.table.columns if c.name not in row}
    said = event.model_validate(asdict(window))
    happened = fact(ctx, SOURCE, said, subject=window.id, sequence=window.version)
    work = Work("update", [happened], sort.table, window.id, ctx.tenant, row, window.version - 1)
    return [work], Answer(200, card, window.version)

"""From a state of a success factor or a target to what the store writes: the row, the event, the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from itsm_chassis.errors import Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision
from itsm_chassis.store.records import find
from itsm_chassis.store.work import Work, fact
from itsm_events import kpi_target as said
from itsm_events.event import Event
from pydantic import TypeAdapter
from sqlalchemy import Table

from itsm_metrics.commands.recording import SOURCE
from itsm_metrics.rules.target import SuccessFactor, Target, What
from itsm_metrics.tables import success_factor, target
from itsm_metrics.tables.targets import SUCCESS_FACTOR, TARGET

Kept = TypeVar("Kept", SuccessFactor, Target)


@dataclass(frozen=True, slots=True)
class Sort(Generic[Kept]):
    """A sort of record: its table, its shape, its place and its events."""

    table: Table
    shape: TypeAdapter[Kept]
    place: str
    events: Mapping[What, type[Event]]


FACTORS: Final = Sort(
    success_factor,
    SUCCESS_FACTOR,
    "/v1/success-factors",
    {
        "defined": said.SuccessFactorDefined,
        "updated": said.SuccessFactorUpdated,
        "retired": said.SuccessFactorRetired,
    },
)
TARGETS: Final = Sort(
    target,
    TARGET,
    "/v1/targets",
    {
        "defined": said.KpiTargetDefined,
        "updated": said.KpiTargetUpdated,
        "retired": said.KpiTargetRetired,
        "breached": said.KpiTargetBreached,
        "recovered": said.KpiTargetRecovered,
    },
)


async def current(db: Database, ctx: Context, sort: Sort[Kept], reference: str) -> Kept:
    """It as it is now; Missing, or Stale where it has moved on."""
    found = await find(db, ctx, sort.table, reference, name="key")
    if ctx.expected not in (None, found.version):
        raise Stale(found.version)
    return sort.shape.validate_json(found.text)


def stored(ctx: Context, sort: Sort[Kept], what: What, after: Kept) -> Work:
    """The row and the event."""
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": sort.shape.dump_json(after).decode()}
    row |= {c.name: getattr(after, c.name) for c in sort.table.columns if c.name not in row}
    spoken = sort.events[what].model_validate(sort.shape.dump_python(after))
    happened = fact(ctx, SOURCE, spoken, subject=after.id, sequence=after.version)
    mode: Literal["insert", "update"] = "insert" if what == "defined" else "update"
    return Work(mode, [happened], sort.table, after.id, ctx.tenant, row, after.version - 1)


def written(ctx: Context, sort: Sort[Kept], what: What, after: Kept, *holds: Work) -> Decision:
    """The decision to store it, to say so and to answer with it."""
    body = sort.shape.dump_json(after).decode()
    place = f"{sort.place}/{after.id}" if what == "defined" else None
    answer = Answer(201 if place else 200, body, after.version, place)
    return [*holds, stored(ctx, sort, what, after)], answer


def unchanged(sort: Sort[Kept], before: Kept) -> Decision:
    """The decision to answer with what there is."""
    return [], Answer(200, sort.shape.dump_json(before).decode(), before.version)

"""Writes of improvements: registering, editing, moving through their life, and what is said of steps."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from itsm_chassis.errors import Stale
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.numbers import Numbers
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import find

from itsm_metrics.commands.improvement_recording import written
from itsm_metrics.rules import improvement as rules
from itsm_metrics.rules.improvement import Baseline, Improvement, Status, StepName
from itsm_metrics.rules.improvement_link import check
from itsm_metrics.rules.measured import Measured
from itsm_metrics.tables import improvement, improvement_number
from itsm_metrics.tables.improvements import IMPROVEMENT

NUMBERS: Final = Numbers("IMP", improvement_number.name)


class Figures(NamedTuple):
    """How the figure of an improvement is read: where it stands, and what became of it."""

    baseline: Callable[[str, Improvement, datetime], Awaitable[Baseline | None]]
    effect: Callable[[str, Improvement, datetime], Awaitable[Measured | None]]


async def register(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Register one."""
    identity = new_id()
    fields = {**given, "filters": kept(given.get("filters", {}))}

    async def decide() -> Decision:
        number = await NUMBERS.next(db)
        made = Improvement(
            id=identity, number=number, registered_by=ctx.actor, identified_at=ctx.now, **fields
        )
        check(made)
        rules.timely(made, ctx.now)
        return written(ctx, None, made)

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch: null clears)."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        after = rules.edited(before, merged(before, given), ctx.now)
        if after is not None:
            check(after)
        return updated(ctx, before, after)

    return await perform(db, ctx, decide)


async def transition(
    db: Database, ctx: Context, reference: str, to: Status, given: Mapping[str, Any], figures: Figures
) -> Answer:
    """Move one. Accepted, its figure is read where no baseline was stated; closed, its effect is measured."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        after = rules.move(before, to, given, ctx.now)
        if to == "accepted" and after.baseline is None:
            after = replace(after, baseline=await figures.baseline(ctx.tenant, after, ctx.now))
        if to == "closed":
            after = replace(after, effect=await figures.effect(ctx.tenant, after, ctx.now))
        return written(ctx, before, after)

    return await perform(db, ctx, decide)


async def work_on(
    db: Database, ctx: Context, reference: str, step: StepName, given: Mapping[str, Any]
) -> Answer:
    """Say how one of the seven steps stands."""

    async def decide() -> Decision:
        before = await current(db, ctx, reference)
        return updated(ctx, before, rules.stepped(before, step, given, ctx.actor, ctx.now))

    return await perform(db, ctx, decide)


async def current(db: Database, ctx: Context, reference: str) -> Improvement:
    """The improvement as it is now; Missing, or Stale where it has moved on."""
    found = await find(db, ctx, improvement, reference, name="number")
    if ctx.expected not in (None, found.version):
        raise Stale(found.version)
    return IMPROVEMENT.validate_json(found.text)


def merged(before: Improvement, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a merge patch, where `filters` and `windows` are patched themselves."""
    fields = dict(given)
    if "filters" in fields:
        fields["filters"] = kept({**before.filters, **fields["filters"]})
    if "windows" in fields:
        fields["windows"] = replace(before.windows, **fields["windows"])
    return fields


def kept(filters: Mapping[str, str | None]) -> dict[str, str]:
    """Those that were not taken back, by name."""
    return {name: value for name, value in sorted(filters.items()) if value is not None}


def updated(ctx: Context, before: Improvement, after: Improvement | None) -> Decision:
    """The decision to store an edit; where nothing changed, to answer."""
    if after is None:
        return [], Answer(200, IMPROVEMENT.dump_json(before).decode(), before.version)
    return written(ctx, before, after)

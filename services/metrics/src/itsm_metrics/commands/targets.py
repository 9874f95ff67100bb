"""Writes of targets: defined, edited, retired, and evaluated."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, Overtaken, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work

from itsm_metrics.commands.target_recording import TARGETS, current, stored, unchanged, written
from itsm_metrics.rules import target as rules
from itsm_metrics.rules.improvement import wrong
from itsm_metrics.rules.kpis import direction
from itsm_metrics.rules.target import Reading, Target
from itsm_metrics.rules.target_link import check
from itsm_metrics.tables import success_factor
from itsm_metrics.tables.targets import SUCCESS_FACTOR, TARGET

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

Look = Callable[[Target], Awaitable[Reading | None]]
"""How the figure of a target is read."""

ACTIVE: Final = "SELECT card FROM target WHERE tenant = $1 AND status = 'active' ORDER BY id"
KEEP: Final = "UPDATE target SET card = $3, band = $4 WHERE id = $1 AND version = $2"
CLAIM: Final = """
INSERT INTO target_round VALUES ($1, $2)
ON CONFLICT (tenant) DO UPDATE SET evaluated_at = EXCLUDED.evaluated_at
WHERE target_round.evaluated_at <= $3 RETURNING 1
"""


async def define(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Define one; Invalid where it could not be judged, Refused where its key is taken."""
    made = Target(id=new_id(), **{**given, "filters": kept(given.get("filters", {}))})
    check(made)

    async def decide() -> Decision:
        return written(ctx, TARGETS, "defined", made, await served(db, ctx, made))

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch); judged by something else, it is judged anew."""

    async def decide() -> Decision:
        before = await current(db, ctx, TARGETS, reference)
        filters = kept({**before.filters, **given.get("filters", {})})
        after = rules.edited(before, {**given, "filters": filters})
        if after is None:
            return unchanged(TARGETS, before)
        check(after)
        return written(ctx, TARGETS, "updated", after, await served(db, ctx, after))

    return await perform(db, ctx, decide)


async def retire(db: Database, ctx: Context, reference: str) -> Answer:
    """Evaluate it no more."""

    async def decide() -> Decision:
        before = await current(db, ctx, TARGETS, reference)
        rules.still_active(before)
        after = replace(before, status="retired", version=before.version + 1)
        return written(ctx, TARGETS, "retired", after)

    return await perform(db, ctx, decide)


async def served(db: Database, ctx: Context, target: Target) -> Work:
    """The success factor that it serves stays as it is until the commit; Invalid where there is none."""
    found = await load(db, success_factor, ctx.tenant, target.success_factor, "key")
    if found is None:
        raise wrong("success_factor", f"There is no success factor {target.success_factor}.")
    factor = SUCCESS_FACTOR.validate_json(found.text)
    if factor.status == "retired":
        raise wrong("success_factor", f"The success factor {factor.key} is retired.")
    return Work("hold", [], success_factor, factor.id, ctx.tenant, None, factor.version)


def kept(filters: Mapping[str, str | None]) -> dict[str, str]:
    """Those that were not taken back, by name."""
    return {name: value for name, value in sorted(filters.items()) if value is not None}


async def evaluate(db: Database, ctx: Context, look: Look, unless_after: datetime | None = None) -> Answer:
    """Read the figure of each target, keep what it is, and say which are breached and which have recovered.

    What happened to nothing raises no version. Refused where another evaluation was made after
    `unless_after`: of replicas that evaluate at once, one counts.
    """
    calm: list[Target] = []

    async def decide() -> Decision:
        works: list[Work] = []
        calm.clear()
        for row in await db.fetch(ACTIVE, ctx.tenant):
            before = TARGET.validate_json(row["card"])
            what, after = rules.evaluated(before, direction(before.kpi), await look(before), ctx.now)
            if what is None:
                calm.append(after)
            else:
                works.append(stored(ctx, TARGETS, what, after))
        breached = sum(each.row is not None and each.row["breached_at"] is not None for each in works)
        counts = {"evaluated": len(calm) + len(works), "breached": breached}
        return works, Answer(200, json.dumps(counts | {"recovered": len(works) - breached}))

    async def claimed(conn: "Connection[Any]") -> None:
        """The round is ours, unless one was made after that moment; and nobody has edited meanwhile."""
        if await conn.fetchval(CLAIM, ctx.tenant, ctx.now, unless_after or ctx.now) is None:
            raise Refused("already_evaluated", "Another evaluation was made meanwhile.")
        for each in calm:
            card = TARGET.dump_json(each).decode()
            if await conn.execute(KEEP, each.id, each.version, card, each.band) == "UPDATE 0":
                raise Overtaken

    return await perform(db, ctx, decide, guard=claimed)

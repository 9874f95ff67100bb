"""Writes of critical success factors: defined, edited, retired."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import find

from itsm_metrics.commands.target_recording import FACTORS, current, unchanged, written
from itsm_metrics.rules.target import SuccessFactor, redefined, still_active
from itsm_metrics.tables import success_factor
from itsm_metrics.tables.targets import SUCCESS_FACTOR

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

LOCK: Final = "SELECT 1 FROM success_factor WHERE tenant = $1 AND key = $2 FOR UPDATE"
SERVED_BY: Final = """
SELECT key FROM target WHERE tenant = $1 AND success_factor = $2 AND status = 'active' ORDER BY key LIMIT 1
"""


async def define(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Define one; Refused where its key is taken."""
    made = SuccessFactor(id=new_id(), **given)

    async def decide() -> Decision:
        return written(ctx, FACTORS, "defined", made)

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch)."""

    async def decide() -> Decision:
        before = await current(db, ctx, FACTORS, reference)
        after = redefined(before, given)
        return unchanged(FACTORS, before) if after is None else written(ctx, FACTORS, "updated", after)

    return await perform(db, ctx, decide)


async def retire(db: Database, ctx: Context, reference: str) -> Answer:
    """Let it count no more; Refused while a target serves it."""
    key = SUCCESS_FACTOR.validate_json((await find(db, ctx, success_factor, reference, name="key")).text).key

    async def decide() -> Decision:
        before = await current(db, ctx, FACTORS, reference)
        still_active(before)
        return written(ctx, FACTORS, "retired", replace(before, status="retired", version=before.version + 1))

    async def unserved(conn: "Connection[Any]") -> None:
        """Under its lock, which each new target takes too."""
        await conn.execute(LOCK, ctx.tenant, key)
        serving = await conn.fetchval(SERVED_BY, ctx.tenant, key)
        if serving is not None:
            raise Refused(
                "in_use", f"The target {serving} serves it: retire that first, or let it serve another."
            )

    return await perform(db, ctx, decide, guard=unserved)

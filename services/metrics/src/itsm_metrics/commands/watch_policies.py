"""Issuing editions of what is looked for among the figures."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import created
from itsm_events.finding import WatchPolicyIssued

from itsm_metrics.commands.improvement_recording import SOURCE
from itsm_metrics.rules.watch_policy import Issued
from itsm_metrics.tables import watch_policy
from itsm_metrics.tables.findings import policy_of

PLACE: Final = "/v1/watch-policies"


async def issue(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """The next edition; scans go by it from now on. Raises Refused where two are issued at once."""
    identity = new_id()

    async def decide() -> Decision:
        edition = (await policy_of(db, ctx.tenant)).edition + 1
        policy = Issued(id=identity, issued_by=ctx.actor, issued_at=ctx.now, edition=edition, **given)
        said = WatchPolicyIssued.model_validate(asdict(policy))
        return created(ctx, watch_policy, policy, said, source=SOURCE, place=PLACE)

    return await perform(db, ctx, decide)

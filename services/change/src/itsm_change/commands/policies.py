"""Issuing and retiring approval policies."""

from collections.abc import Mapping
from typing import Any, Final

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_events.approval_policy import ApprovalPolicyIssued, ApprovalPolicyRetired

from itsm_change.commands.issuing import current, issued, predecessor
from itsm_change.rules.policies import Policy, check
from itsm_change.tables import approval_policy

PLACE: Final = "/v1/approval-policies"


async def issue(db: Database, ctx: Context, given: Mapping[str, Any], *, succeeds: bool) -> Answer:
    """Issue the first or, where it succeeds one that the caller has read, the next version of a policy."""
    form = dict(given) | {"retired": False}
    check(Policy.of(form | {"version": 1}).steps)

    async def decide() -> Decision:
        before = await predecessor(db, ctx, approval_policy, form["key"], succeeds=succeeds)
        return issued(ctx, approval_policy, before, form, ApprovalPolicyIssued, PLACE)

    return await perform(db, ctx, decide)


async def retire(db: Database, ctx: Context, reference: str) -> Answer:
    """Issue a version that decides no more; what was asked by earlier ones stays asked."""

    async def decide() -> Decision:
        before = await current(db, ctx, approval_policy, reference)
        if before.form["retired"]:
            raise Refused("already_retired", "The policy is retired already.")
        form = {name: before.form[name] for name in before.form.keys() - {"id", "version"}}
        return issued(ctx, approval_policy, before, form | {"retired": True}, ApprovalPolicyRetired, None)

    return await perform(db, ctx, decide)

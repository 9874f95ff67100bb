"""Activating and retiring service level policies."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_events.service_level import SlaPolicyActivated, SlaPolicyEvent, SlaPolicyRetired
from itsm_sla.instant import rfc3339
from itsm_sla.policy import Policy
from itsm_sla.policy_form import policy_dict, policy_from

from itsm_catalog.commands.issuing import Latest, current, issued, predecessor
from itsm_catalog.rules.service_levels import check_policy, check_retirement, sound
from itsm_catalog.rules.service_lifecycle import check_unneeded
from itsm_catalog.tables import calendar, row_locks, sla_policy
from itsm_catalog.tables.surroundings import UNDER_POLICY, some

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection


async def activate(db: Database, ctx: Context, given: Mapping[str, Any], *, succeeds: bool) -> Answer:
    """Issue the first or, where it succeeds one that the caller has read, the next version of a policy.

    It is valid from now on unless `given` says otherwise. Raises Invalid, Refused and Stale.
    """
    terms = {name: value for name, value in given.items() if name != "availability_target"}

    async def decide() -> Decision:
        before = await predecessor(db, ctx, sla_policy, given["key"], succeeds=succeeds)
        policy = sound(policy_from, {"valid_from": rfc3339(ctx.now), **terms, **stamp(ctx, before)})
        counted = await load(db, calendar, ctx.tenant, policy.calendar, "key")
        check_policy(policy, json.loads(counted.text)["versions"] if counted else None)
        return said(ctx, SlaPolicyActivated, before, policy, given.get("availability_target"))

    return await perform(db, ctx, decide)


async def retire(db: Database, ctx: Context, reference: str, valid_from: datetime | None) -> Answer:
    """Issue a version that ends the policy for records opened from `valid_from` (default: now) on.

    Raises Missing, Stale, Refused where it is retired or agreed on for services in the catalogue, and
    Invalid where a later version would outlive it.
    """
    key = ""

    async def decide() -> Decision:
        nonlocal key
        before = await current(db, ctx, sla_policy, reference)
        shown, key = before.shown, before.shown["key"]
        if shown["retired"]:
            raise Refused("already_retired", f"The policy is retired from {shown['valid_from']} on.")
        at = valid_from or ctx.now
        check_retirement(at, shown["versions"])
        terms = {name: shown[name] for name in shown.keys() - {"id", "versions", "availability_target"}}
        terms |= {"valid_from": rfc3339(at), "retired": True, **stamp(ctx, before)}
        policy = sound(policy_from, terms)
        return said(ctx, SlaPolicyRetired, before, policy, shown["availability_target"], status=200)

    async def agreed_on_by_nobody(conn: "Connection[Any]") -> None:
        await row_locks.policy_alone(conn, ctx.tenant, key)
        check_unneeded(key, await some(conn, UNDER_POLICY, ctx.tenant, key))

    return await perform(db, ctx, decide, guard=agreed_on_by_nobody)


def stamp(ctx: Context, before: Latest | None) -> dict[str, Any]:
    """What the service itself says of a version."""
    return {"version": before.version + 1 if before else 1, "issued_at": rfc3339(ctx.now)}


def said(
    ctx: Context,
    event: type[SlaPolicyEvent],
    before: Latest | None,
    policy: Policy,
    availability_target: float | None,
    *,
    status: int = 201,
) -> Decision:
    """The decision to issue this version and to state that."""
    form = policy_dict(policy)
    aside = {"availability_target": availability_target}
    stated = event.model_validate(form | aside | {"policy": form})
    return issued(
        ctx, sla_policy, before, policy, form | aside, stated, place="/v1/sla-policies", status=status
    )

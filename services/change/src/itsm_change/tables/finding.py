"""Single records and what belongs to them, as commands and queries both load them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.errors import Refused
from itsm_chassis.store import records
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import ACTOR, AN_ID, Card
from itsm_events import opaque
from sqlalchemy import ColumnElement, Table

from itsm_change.rules import card, release
from itsm_change.rules import policies as rules
from itsm_change.rules.approval import Delegation, PolicyStep, Step, voters_of
from itsm_change.rules.change import Change, Criticality
from itsm_change.rules.obstacles import Obstacle, Risen, Surroundings, obstacles, open_tasks
from itsm_change.rules.policies import Policy, highest
from itsm_change.rules.release import Release
from itsm_change.rules.risk import Risk
from itsm_change.rules.templates import PLANS, Standing
from itsm_change.tables import releases
from itsm_change.tables.changes import change
from itsm_change.tables.risks import risk_of
from itsm_change.tables.scenery import Scene, scene

STEPS: Final = """
SELECT card FROM approval WHERE change_id = $1 AND tenant = $2 ORDER BY asked_at, step
"""
GROUPED: Final = """
SELECT card FROM change WHERE tenant = $1 AND id = ANY($2::uuid[]) ORDER BY array_position($2, id)
"""
POLICIES: Final = "SELECT card FROM approval_policy WHERE tenant = $1 AND NOT retired"
CRITICALITIES: Final = "SELECT criticality FROM service WHERE tenant = $1 AND key = ANY($2::text[])"
MEMBERS: Final = """
SELECT g.key, ARRAY(
    SELECT member FROM unnest(g.members) AS member
    WHERE NOT EXISTS (SELECT FROM person p WHERE p.tenant = g.tenant AND p.key = member AND NOT p.active)
) AS members
FROM people_group g WHERE g.tenant = $1 AND g.key = ANY($2::text[]) AND g.active
"""
APPROVED_BAND: Final = """
SELECT envelope::json -> 'data' ->> 'risk_band' FROM event
WHERE subject = $1 AND tenant = $2 AND type = 'itsm.change.authorized.v1' ORDER BY sequence DESC LIMIT 1
"""
OPEN_TASKS: Final = """
SELECT count(*) FROM change_task WHERE change_id = $1 AND tenant = $2 AND status IN ('open', 'in_progress')
"""
FILED_BY: Final = "SELECT actor FROM event WHERE subject = $1 AND sequence = 1 AND tenant = $2"
LEFT: Final = "SELECT key FROM person WHERE tenant = $1 AND key = ANY($2::text[]) AND NOT active"
DELEGATIONS: Final = """
SELECT key, delegate, delegate_from, delegate_until FROM person
WHERE tenant = $1 AND delegate = $2 AND active
"""
TEMPLATE: Final = """
SELECT card, ARRAY(
    SELECT backed_out OR close_code = 'unsuccessful' FROM change
    WHERE change.tenant = t.tenant AND change.template = t.key AND change.id <> $3
    AND change_type = 'standard' AND change.status = 'closed'
    AND (t.preapproved_since IS NULL OR closed_at >= t.preapproved_since)
    ORDER BY closed_at DESC LIMIT t.history_size
) AS outcomes
FROM change_template t WHERE t.tenant = $1 AND t.key = $2
"""


def own(table: Table) -> ColumnElement[bool]:
    """The caller is who asked for it."""
    return table.c.requester == ACTOR


async def find(db: Database, ctx: Context, reference: str) -> Card:
    """The change behind an id or a number (CHG-000123), if the caller may see it; else Missing."""
    scope = None if is_staff(ctx.roles) else own
    return await records.find(db, ctx, change, reference.upper(), name="number", scope=scope)


async def refer(db: Database, ctx: Context, reference: str) -> Change | None:
    """The change that another system means by an id, a number or an external_id; None where none is."""
    if AN_ID.fullmatch(reference):
        found = await records.load(db, change, ctx.tenant, UUID(reference))
    else:
        found = await records.load(db, change, ctx.tenant, reference.upper(), "number")
        found = found or await records.load(db, change, ctx.tenant, reference, "external_id")
    return card.read(found.text) if found else None


async def find_release(db: Database, ctx: Context, reference: str) -> Release | None:
    """The release behind an id or a number (REL-000001); None where there is none."""
    by_id = AN_ID.fullmatch(reference) is not None
    value, column = (UUID(reference), "id") if by_id else (reference.upper(), "number")
    found = await records.load(db, releases.release, ctx.tenant, value, column)
    return release.read(found.text) if found else None


async def grouped_changes(db: Database, ctx: Context, of: Release) -> list[Change]:
    """The changes of a release, in its order."""
    ids = [UUID(each.id) for each in of.changes]
    rows = await db.fetch(GROUPED, ctx.tenant, ids)
    return [card.read(row["card"]) for row in rows]


async def steps_of(db: Database, ctx: Context, identity: str) -> list[Step]:
    """Every step of a change's approvals, in the order in which they were asked."""
    return [Step.of(json.loads(row["card"])) for row in await db.fetch(STEPS, UUID(identity), ctx.tenant)]


async def policies(db: Database, ctx: Context) -> list[Policy]:
    """The policies that may decide now."""
    return [Policy.of(json.loads(row["card"])) for row in await db.fetch(POLICIES, ctx.tenant)]


async def criticalities(db: Database, ctx: Context, state: Change) -> list[Criticality | None]:
    """Those of the services that are known."""
    if not state.services:
        return []
    return [row["criticality"] for row in await db.fetch(CRITICALITIES, ctx.tenant, state.services)]


async def members(db: Database, ctx: Context, groups: Sequence[str]) -> dict[str, list[str]]:
    """The active members of the active groups among these that are known, as opaque ids."""
    return {row["key"]: row["members"] for row in await db.fetch(MEMBERS, ctx.tenant, groups)}


async def asking(db: Database, ctx: Context, state: Change) -> frozenset[str]:
    """Those who cannot approve a change because it is their own: the requester, and who filed it."""
    filed_by = await db.fetchval(FILED_BY, UUID(state.id), ctx.tenant)
    return frozenset(opaque(ctx.tenant, each) for each in (filed_by, state.requester) if each)


async def left(db: Database, ctx: Context, people: Sequence[str]) -> set[str]:
    """Those among these opaque ids who are known to be active no more."""
    return {row["key"] for row in await db.fetch(LEFT, ctx.tenant, people)}


async def delegations(db: Database, ctx: Context, delegate: str) -> list[Delegation]:
    """Whom somebody stands in for, whenever that may be."""
    rows = await db.fetch(DELEGATIONS, ctx.tenant, delegate)
    return [Delegation(*row.values()) for row in rows]


async def standing(db: Database, ctx: Context, key: str, aside: str) -> Standing | None:
    """A template as a change that uses it sees it, which is the one `aside`; None where there is none."""
    row = await db.fetchrow(TEMPLATE, ctx.tenant, key, UUID(aside))
    if row is None:
        return None
    form = json.loads(row["card"])
    plans = {name: form[name] for name in PLANS if form[name]}
    terms: dict[str, Any] = {
        name: form[name] for name in ("key", "active", "preapproved", "history_size", "max_failure_rate")
    }
    named = {name: tuple(form[name]) for name in ("affected_services", "configuration_items")}
    return Standing(**terms | named, service=form["service"], outcomes=tuple(row["outcomes"]), plans=plans)


async def in_the_way(db: Database, ctx: Context, state: Change, to: str) -> list[Obstacle]:
    """What stands before a state that the lifecycle allows."""
    if to == "scheduled":
        return obstacles(state, await surroundings(db, ctx, state))
    if to == "closed":
        return open_tasks(await db.fetchval(OPEN_TASKS, UUID(state.id), ctx.tenant))
    if to == "authorize" and not state.unauthorized:
        try:
            _, policy = await deciding(db, ctx, state)
            await voters(db, ctx, state, policy.steps)
        except Refused as error:
            return [Obstacle(error.code, error.detail)]
    return []


async def deciding(db: Database, ctx: Context, state: Change) -> tuple[Risk, Policy]:
    """The risk of a change, and the policy that decides about it; Refused where none matches."""
    risk = await risk_of(db, ctx.tenant, state, ctx.now)
    known = highest(await criticalities(db, ctx, state), state)
    rated = replace(state, risk_score=risk.score, risk_band=risk.band)
    return risk, rules.chosen(await policies(db, ctx), rated, known)


async def voters(
    db: Database, ctx: Context, state: Change, steps: Sequence[PolicyStep]
) -> list[tuple[str, ...]]:
    """Who votes in each of these steps; Refused where one has nobody."""
    known = await members(db, ctx, [step.group for step in steps])
    own = await asking(db, ctx, state)
    return [voters_of(known.get(step.group), step.group, own) for step in steps]


async def surroundings(db: Database, ctx: Context, state: Change) -> Surroundings:
    """What the rules have to know before the change can be scheduled."""
    steps = await steps_of(db, ctx, state.id) if state.approval == "pending" else []
    template = await standing(db, ctx, state.template, state.id) if state.template else None
    around = await scene(db, ctx.tenant, state)
    higher = await risen(db, ctx, state, around) if state.approval == "approved" else None
    return Surroundings(steps=tuple(steps), template=template, conflicts=tuple(around.found), risen=higher)


async def risen(db: Database, ctx: Context, state: Change, around: Scene) -> Risen | None:
    """Whether the risk of an approved change is such by now that others would have to approve it."""
    approved = await db.fetchval(APPROVED_BAND, UUID(state.id), ctx.tenant)
    now = replace(state, risk_band=(await risk_of(db, ctx.tenant, state, ctx.now, around)).band)
    known = highest(await criticalities(db, ctx, now), now)
    return rules.risen(await policies(db, ctx), now, known, approved)

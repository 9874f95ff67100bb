"""The clocks of one incident, computed from its events at the time of asking: never stale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_sla.clock import Clock, clocks, without_calendar
from itsm_sla.reading import tightest

from itsm_incident.projections import histories, service_levels
from itsm_incident.projections.histories import Record
from itsm_incident.projections.service_levels import Levels
from itsm_incident.rules import card, clock_view
from itsm_incident.rules.clock import subject
from itsm_incident.rules.clock_text import text
from itsm_incident.rules.escalation_rule import Rule
from itsm_incident.rules.escalation_view import Told, escalations
from itsm_incident.tables import active_rules, applied_to, find

KNOWN_AT = "SELECT known_at FROM clock_set WHERE id = $1 AND through > 0"


async def stand(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """Where each clock stands, the one to mind first named in `tightest`; staff sees escalations."""
    record, levels, found = await computed(db, ctx, reference)
    rules: tuple[Rule, ...] = ()
    applied: list[Told] = []
    if is_staff(ctx.roles):
        async with db.connection() as conn:
            rules = (await active_rules(conn, [ctx.tenant])).get(ctx.tenant, ())
            applied = list((await applied_to(conn, [record.id])).values())
    minded = tightest(found)
    unknown = without_calendar(record.history, *levels)
    return about(record, ctx) | {
        "tightest": str(subject(record.id, minded.identity)) if minded else None,
        "due_at": text(minded.due_at) if minded else None,
        "clocks": [shown(record, clock, ctx, rules, applied) for clock in found],
        "without_calendar": [policy.key for policy in unknown],
    }


def shown(
    record: Record, clock: Clock, ctx: Context, rules: Sequence[Rule], applied: Sequence[Told]
) -> dict[str, Any]:
    """Where one clock stands, each threshold with its escalations."""
    told = clock_view.shown(record.id, clock, ctx.now)
    latest = record.history.steps()[-1]
    for mark in told["thresholds"]:
        mark["escalations"] = escalations(
            record.id, clock, mark["percent"], latest, rules, applied, reached=mark["reached"]
        )
    return told


async def explanation(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """Why each clock stands there."""
    record, _, found = await computed(db, ctx, reference)
    told = [clock_view.explained(record.id, clock, ctx.now) for clock in found]
    return about(record, ctx) | {"clocks": told}


def about(record: Record, ctx: Context) -> dict[str, Any]:
    """Whose clocks, and when."""
    return {"incident_id": str(record.id), "number": record.number, "as_of": text(ctx.now)}


async def computed(db: Database, ctx: Context, reference: str) -> tuple[Record, Levels, tuple[Clock, ...]]:
    """The clocks of the incident behind an id or a number, if the caller may see it; else Missing."""
    identity = UUID(card.read((await find(db, ctx, reference)).text).id)
    async with db.connection() as conn:
        record = (await histories.load(conn, [identity]))[identity]
        levels = (await service_levels.load(conn, [ctx.tenant]))[ctx.tenant]
        known_at = await conn.fetchval(KNOWN_AT, identity)
    if known_at is not None:
        record = replace(record, history=replace(record.history, known_at=known_at))
    return record, levels, clocks(record.history, *levels)

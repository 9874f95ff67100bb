"""Defining and changing escalation rules."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from itsm_chassis.errors import Stale
from itsm_chassis.store import records
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.work import Work, fact
from itsm_events.escalation import EscalationRuleChanged, EscalationRuleDefined
from pydantic_core import to_json

from itsm_incident.commands.recording import SOURCE
from itsm_incident.rules import escalation_rule
from itsm_incident.rules.escalation_rule import Rule
from itsm_incident.tables import escalation_rule as table

PLACE: Final = "/v1/escalation-rules"


async def define(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Store a rule; Invalid where it could never do anything, Refused where its key is taken."""
    told = escalation_rule.completed(given)

    async def decide() -> Decision:
        rule = Rule(id=new_id(), version=1, created_at=ctx.now, updated_at=ctx.now, **told)
        event = EscalationRuleDefined.model_validate(said(rule))
        return records.created(ctx, table, rule, event, source=SOURCE, place=PLACE)

    return await perform(db, ctx, decide)


async def change(db: Database, ctx: Context, reference: str, patch: Mapping[str, Any]) -> Answer:
    """Change a rule by a merge patch, for what comes from now on. Raises Missing, Stale and Invalid."""

    async def decide() -> Decision:
        found = await records.find(db, ctx, table, reference, name="key")
        if ctx.expected not in (None, found.version):
            raise Stale(found.version)
        before = escalation_rule.read(found.text)
        told = {name: getattr(before, name) for name in ("key", "name", "active", "match", "actions")}
        told = escalation_rule.completed(escalation_rule.patched(told, patch))
        after = replace(before, **told)
        if after == before:
            return [], Answer(200, found.text, found.version)
        return changed(ctx, replace(after, version=before.version + 1, updated_at=ctx.now))

    return await perform(db, ctx, decide)


def changed(ctx: Context, rule: Rule) -> Decision:
    """The decision to store the next version of a rule."""
    card = to_json(rule).decode()
    row: dict[str, Any] = {"tenant": ctx.tenant, "card": card}
    row |= {c.name: getattr(rule, c.name) for c in table.columns if c.name not in row}
    event = EscalationRuleChanged.model_validate(said(rule))
    happened = fact(ctx, SOURCE, event, subject=rule.id, sequence=rule.version)
    work = Work("update", [happened], table, rule.id, ctx.tenant, row, rule.version - 1)
    return [work], Answer(200, card, rule.version)


def said(rule: Rule) -> dict[str, Any]:
    """The rule as its events have it."""
    reassign, flag, notify = (rule.actions[name] or {} for name in escalation_rule.ACTIONS)
    told = {"key": rule.key, "name": rule.name, "active": rule.active, "match": rule.match}
    return told | reassign | flag | notify

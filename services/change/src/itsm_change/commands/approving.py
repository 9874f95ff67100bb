"""Asking for approval, and taking it back: what the commands that move a change do with its steps."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Literal
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import Work, fact
from itsm_events import approval as said

from itsm_change.commands.recording import SOURCE
from itsm_change.rules import approval as rules
from itsm_change.rules.approval import PolicyStep, Step, What
from itsm_change.rules.change import Change, Event, record
from itsm_change.tables import approval, finding

EVENTS: Final[dict[What, type[said.ApprovalEvent]]] = {
    "asked": said.ApprovalAsked,
    "voted": said.ApprovalVoted,
    "accepted": said.ApprovalAccepted,
    "refused": said.ApprovalRefused,
    "expired": said.ApprovalExpired,
    "voided": said.ApprovalVoided,
}


def stepped(ctx: Context, what: What, step: Step) -> Work:
    """A step that was asked, or that something has happened to."""
    form = step.form()
    last = step.votes[-1].comment if step.votes and what in ("voted", "accepted", "refused") else None
    spoken = EVENTS[what].model_validate(
        form | {"record": step.change_id, "record_type": "change", "comment": last}
    )
    identity, owner = UUID(step.id), UUID(step.change_id)
    happened = fact(ctx, SOURCE, spoken.veiled(), subject=identity, sequence=step.version, record=owner)
    values: dict[str, Any] = {
        "id": identity,
        "tenant": ctx.tenant,
        "card": json.dumps(form, ensure_ascii=False),
        "change_id": owner,
    }
    values |= {c.name: getattr(step, c.name) for c in approval.columns if c.name not in values}
    mode: Literal["insert", "update"] = "insert" if what == "asked" else "update"
    return Work(mode, [happened], approval, identity, ctx.tenant, values, step.version - 1)


async def asked(db: Database, ctx: Context, event: Event) -> tuple[list[Event], list[Work]]:
    """The event of entering authorize with the policy that decides in it, and its first step.

    Where the policy asks nobody the change is authorised at once. Refused where none matches, or where a
    group has no voter.
    """
    risk, policy = await finding.deciding(db, ctx, event.state)
    fields: dict[str, Any] = {"risk_score": risk.score, "risk_band": risk.band}
    fields |= {"approval_policy": policy.key, "approval_policy_version": policy.version}
    event = replaced(event, fields | {"approval": "pending", "approved_at": None})
    if not policy.steps:
        return [event, authorized(event.state, ctx)], []
    return [event], [await started(db, ctx, event.state, 1, policy.steps)]


def replaced(event: Event, fields: dict[str, Any]) -> Event:
    """The same event with other fields in its state."""
    return replace(event, state=replace(event.state, **fields))


def authorized(state: Change, ctx: Context) -> Event:
    """Nobody has to be asked any more."""
    return record(state, "authorized", ctx.now, ctx.now, {"approval": "approved", "approved_at": ctx.now})


async def started(
    db: Database, ctx: Context, state: Change, number: int, steps: Sequence[PolicyStep]
) -> Work:
    """Ask the first of these steps; Refused where it, or one that follows, has no voter now."""
    voters = await finding.voters(db, ctx, state, steps)
    return stepped(ctx, "asked", rules.begun(str(new_id()), state, number, steps, voters[0], ctx.now))


def voided(ctx: Context, steps: Iterable[Step]) -> list[Work]:
    """Void what was given or is pending."""
    standing = [step for step in steps if step.status in ("pending", "accepted")]
    return [stepped(ctx, "voided", rules.ended(step, "voided", ctx.now)) for step in standing]

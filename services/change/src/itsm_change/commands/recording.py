"""From a decision of the rules to what the store writes: the row, the events, the answer."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.numbers import Numbers
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events import change as said

from itsm_change.rules import card
from itsm_change.rules.change import Change, Event, What
from itsm_change.tables import change, change_number
from itsm_change.tables.changes import UNKNOWN

SOURCE: Final = "change"
NUMBERS: Final = Numbers("CHG", change_number.name)

EVENTS: Final[dict[What, type[said.ChangeDetails]]] = {
    "requested": said.ChangeRequested,
    "updated": said.ChangeUpdated,
    "detected": said.ChangeDetected,
    "assessment_started": said.ChangeAssessmentStarted,
    "authorization_asked": said.ChangeAuthorizationAsked,
    "authorized": said.ChangeAuthorized,
    "rejected": said.ChangeRejected,
    "authorization_voided": said.ChangeAuthorizationVoided,
    "scheduled": said.ChangeScheduled,
    "implementation_started": said.ChangeImplementationStarted,
    "implemented": said.ChangeImplemented,
    "backed_out": said.ChangeBackedOut,
    "reviewed": said.ChangeReviewed,
    "closed": said.ChangeClosed,
    "cancelled": said.ChangeCancelled,
}
ASIDE: Final = frozenset({"import_digest", "has_conflicts"})
"""Columns that no edit writes."""
SAID: Final = tuple(name for name in said.ChangeEvent.model_fields if name not in ("deviations", "reason"))

SHOWN: Final = """
SELECT $1::text || UNKNOWN || '}' FROM (SELECT $2::text AS tenant, $3::text[] AS services,
    $4::text[] AS configuration_items, $5::text AS assignment_group) AS change
""".replace("UNKNOWN", UNKNOWN)


def stated(ctx: Context, event: Event, *, imported: bool = False) -> Fact:
    """The event row of one decision."""
    state = event.state
    data = {name: getattr(state, name) for name in SAID}
    data["findings"] = [asdict(each) for each in state.findings]
    data["risk_inputs"] = asdict(state.risk_inputs) if state.risk_inputs else None
    spoken = EVENTS[event.what].model_validate(
        data | {"deviations": list(event.deviations), "reason": event.reason}
    )
    return fact(
        ctx,
        SOURCE,
        spoken,
        subject=UUID(state.id),
        sequence=state.version,
        at=event.at,
        imported=imported,
    )


def row(tenant: str, state: Change) -> dict[str, Any]:
    """The columns of a change: the card, and what lists filter and sort by."""
    values: dict[str, Any] = {"id": UUID(state.id), "tenant": tenant, "card": card.write(state)}
    for column in change.columns:
        if column.name not in values and column.name not in ASIDE:
            values[column.name] = getattr(state, column.name)
    return values


def added(ctx: Context, events: Sequence[Event]) -> Work:
    """A new change, and what happened to it at once."""
    values = row(ctx.tenant, events[-1].state)
    return Work("insert", [stated(ctx, event) for event in events], change, values["id"], ctx.tenant, values)


def changed(ctx: Context, events: Sequence[Event]) -> Work:
    """A change that one or more events have moved on."""
    values = row(ctx.tenant, events[-1].state)
    facts = [stated(ctx, event) for event in events]
    return Work("update", facts, change, values["id"], ctx.tenant, values, events[0].state.version - 1)


async def answer(db: Database, ctx: Context, state: Change, status: int = 200) -> Answer:
    """The change as the answer of a write; a new one with its place."""
    place = f"/v1/changes/{state.id}" if status == 201 else None
    text = f'{card.write(state)[:-1]},"unknown":'
    if state.services or state.configuration_items or state.assignment_group:
        names = (state.services, state.configuration_items, state.assignment_group)
        text = await db.fetchval(SHOWN, text, ctx.tenant, *names)
    else:
        text += "[]}"
    return Answer(status, text, state.version, place)

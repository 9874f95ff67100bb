"""From a decision of the rules to what the store writes: the row, the events, the answer."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.numbers import Numbers
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events import incident as said

from itsm_incident.rules import card, closing
from itsm_incident.rules.incident import Event, Incident, What
from itsm_incident.tables import SLA_COLUMNS, incident

SOURCE: Final = "incident"

EVENTS: Final[dict[What, type[said.IncidentEvent]]] = {
    "opened": said.IncidentOpened,
    "updated": said.IncidentUpdated,
    "assigned": said.IncidentAssigned,
    "started": said.IncidentStarted,
    "held": said.IncidentHeld,
    "resumed": said.IncidentResumed,
    "resolved": said.IncidentResolved,
    "reopened": said.IncidentReopened,
    "escalated": said.IncidentEscalated,
    "closed": said.IncidentClosed,
    "cancelled": said.IncidentCancelled,
}
SAID: Final = tuple(
    name
    for name in said.IncidentEvent.model_fields
    if name not in ("deviations", "comment", "outage", "escalation")
)

NOT_OF_THE_STATE: Final = SLA_COLUMNS | {"import_digest", "closing_from", "escalation"}
NUMBERS: Final = Numbers("INC", "incident_number")


def stated(ctx: Context, event: Event, *, imported: bool = False) -> Fact:
    """The event row of one decision."""
    state = event.state
    data: dict[str, Any] = {name: getattr(state, name) for name in SAID}
    if state.outage is not None:
        out = state.outage
        data["outage"] = {"degree": out.degree, "started_at": out.started_at, "ended_at": out.ended_at}
    if event.escalation is not None:
        data["escalation"] = event.escalation._asdict()
    spoken = EVENTS[event.what](**data, deviations=list(event.deviations), comment=event.comment)
    return fact(
        ctx,
        SOURCE,
        spoken,
        subject=UUID(state.id),
        sequence=state.version,
        at=event.at,
        imported=imported,
    )


def row(tenant: str, state: Incident) -> dict[str, Any]:
    """The columns of an incident: the card, and what lists filter and sort by."""
    values: dict[str, Any] = {"id": UUID(state.id), "tenant": tenant, "card": card.write(state)}
    for column in incident.columns:
        if column.name not in values and column.name not in NOT_OF_THE_STATE:
            values[column.name] = getattr(state, column.name)
    for name in ("parent_id", "follows_id"):
        values[name] = UUID(values[name]) if values[name] else None
    return values | {"closing_from": closing.counts_from(state), "escalation": card.flag(state)}


def added(ctx: Context, event: Event) -> Work:
    """A new incident."""
    values = row(ctx.tenant, event.state)
    return Work("insert", [stated(ctx, event)], incident, values["id"], ctx.tenant, values)


def changed(ctx: Context, events: Sequence[Event]) -> Work:
    """An incident that one or more events have moved on."""
    values = row(ctx.tenant, events[-1].state)
    facts = [stated(ctx, event) for event in events]
    was = events[0].state.version - 1
    return Work("update", facts, incident, values["id"], ctx.tenant, values, was)


def answer(state: Incident, status: int = 200) -> Answer:
    """The incident as the answer of a write; a new one with its place."""
    place = f"/v1/incidents/{state.id}" if status == 201 else None
    return Answer(status, card.shown(state), state.version, place)

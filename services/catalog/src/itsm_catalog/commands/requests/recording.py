"""From decisions of the rules to what the store writes: rows, events, answers; and cards back to states."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.numbers import Numbers
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events import Event
from itsm_events import approval as approvals
from itsm_events import fulfilment_task as tasks
from itsm_events import service_request as requests
from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import Table

from itsm_catalog.rules.requests import closing, delivery
from itsm_catalog.rules.requests.approval import Approval
from itsm_catalog.rules.requests.fulfilment import Task
from itsm_catalog.rules.requests.ordering import Order
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_catalog.tables import approval, fulfilment_task, service_order, service_request

SOURCE: Final = "catalog"
ORDERS: Final = Numbers("ORD", "service_order_number")
REQUESTS: Final = Numbers("REQ", "service_request_number")

PLACE: Final = "/v1/service-requests"


class Happened(Protocol):
    """One fact of the rules: `what` is the past participle, `state` is that after it."""

    @property
    def what(self) -> str:
        """What happened."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def state(self) -> Any:
        """The record after it."""


@dataclass(frozen=True)
class Kind:
    """A kind of record: its table, how its cards are read, and what is said of it."""

    table: Table
    reader: TypeAdapter[Any]
    events: Mapping[str, type[Event]]


def kind(table: Table, state: type, said: type[Event]) -> Kind:
    """The kind whose events are the subclasses of `said`."""
    events = {event.type.split(".")[2]: event for event in said.__subclasses__()}
    return Kind(table, TypeAdapter(state), events)


REQUEST: Final = kind(service_request, ServiceRequest, requests.ServiceRequestEvent)
APPROVAL: Final = kind(approval, Approval, approvals.ApprovalEvent)
TASK: Final = kind(fulfilment_task, Task, tasks.FulfilmentTaskEvent)
ORDER: Final = Kind(service_order, TypeAdapter(Order), {})


def request_from(card: str) -> ServiceRequest:
    """The request behind its card."""
    state: ServiceRequest = REQUEST.reader.validate_json(card)
    return state


def approval_from(card: str) -> Approval:
    """The approval behind its card."""
    state: Approval = APPROVAL.reader.validate_json(card)
    return state


def task_from(card: str) -> Task:
    """The task behind its card."""
    state: Task = TASK.reader.validate_json(card)
    return state


def said(kind: Kind, event: Happened) -> Event:
    """What goes on the bus: the state under the names that its event has for it."""
    spoken, state = kind.events[event.what], event.state
    data = {name: getattr(state, name) for name in spoken.model_fields if hasattr(state, name)}
    for name in data.keys() & {"record", "request"}:
        data[name] = str(data[name])
    if isinstance(state, Approval) and state.votes:
        data["comment"] = state.votes[-1].comment
    data["deviations"] = list(getattr(event, "deviations", ()))
    return spoken.model_validate(data, from_attributes=True)


def stated(ctx: Context, kind: Kind, event: Happened, *, imported: bool = False) -> Fact:
    """The event row of one decision; a request's timeline shows its approvals and tasks too."""
    state = event.state
    return fact(
        ctx,
        SOURCE,
        said(kind, event),
        subject=state.id,
        sequence=state.version,
        record=home(state),
        at=event.at,
        imported=imported,
    )


def home(state: Any) -> UUID:
    """In whose timeline it stands."""
    match state:
        case Approval():
            return state.record
        case Task():
            return state.request
    identity: UUID = state.id
    return identity


def row(tenant: str, kind: Kind, state: Any) -> dict[str, Any]:
    """The columns of a record: its card, and what lists and timers go by."""
    values: dict[str, Any] = {"tenant": tenant, "card": to_json(state).decode()}
    if isinstance(state, ServiceRequest):
        values |= {
            "breach_at": delivery.breach_due(state.delivery),
            "closing_from": closing.counts_from(state),
        }
    names = (column.name for column in kind.table.columns if column.name not in values)
    return values | {name: getattr(state, name) for name in names if hasattr(state, name)}


def work(ctx: Context, kind: Kind, events: Sequence[Happened]) -> Work:
    """A record that one or more events have made or moved on."""
    state, was = events[-1].state, events[0].state.version - 1
    facts = [stated(ctx, kind, event) for event in events]
    values = row(ctx.tenant, kind, state)
    return Work("update" if was else "insert", facts, kind.table, state.id, ctx.tenant, values, was)


def works(ctx: Context, kind: Kind, events: Iterable[Happened]) -> list[Work]:
    """Several records with an event each; in one order for every writer, so that none waits in a circle."""
    return [work(ctx, kind, [event]) for event in sorted(events, key=lambda event: event.state.id)]


def new(ctx: Context, kind: Kind, state: Any) -> Work:
    """A record of which nothing is said."""
    return Work("insert", [], kind.table, state.id, ctx.tenant, row(ctx.tenant, kind, state))


def held(ctx: Context, kind: Kind, state: Any) -> Work:
    """A record that must stay as it was read until the commit."""
    return Work("hold", [], kind.table, state.id, ctx.tenant, None, state.version)


def answer(state: Any, place: str | None = None) -> Answer:
    """The record as the answer of a write; a new one with the place of its collection."""
    body = to_json(state).decode()
    if place is None:
        return Answer(200, body, state.version)
    return Answer(201, body, state.version, f"{place}/{state.id}")

"""A change's planned time: its conflicts, its risk, the first free time, and the gate for pipelines."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.respond import JSON, respond
from itsm_chassis.http.texts import Name, Words
from itsm_events.configuration_item import Environment
from pydantic_core import to_json
from starlette.responses import Response

from itsm_change.api.moments import period, span
from itsm_change.api.outgoing import Out
from itsm_change.commands.accept import accept
from itsm_change.queries import schedule
from itsm_change.rules.change import ChangeType
from itsm_change.rules.conflicts import Kind, OtherKind
from itsm_change.rules.gate import Code
from itsm_change.rules.graph import NodeKind
from itsm_change.rules.interval import SEARCHED
from itsm_change.rules.risk_model import Band, FactorName

DEPLOYMENT: timedelta = timedelta(hours=1)

router = APIRouter(tags=["schedule"])


class OtherOut(Out):
    """The other record; `reference` is a change's number, or the key of a freeze or window."""

    kind: OtherKind
    id: UUID
    reference: str


class NodeOut(Out):
    """A service or item."""

    kind: NodeKind
    key: str


class AcceptedOut(Out):
    """Who accepted it."""

    by: str
    at: datetime
    reason: str


class ConflictOut(Out):
    """What stands against the planned time, in [starts_at, ends_at) of it.

    It `blocks` scheduling until it is accepted; a freeze does so until it exempts the change.
    """

    id: UUID
    kind: Kind
    other: OtherOut
    through: list[NodeOut]
    starts_at: datetime
    ends_at: datetime
    why: str
    blocks: bool
    accepted: AcceptedOut | None


class Conflicts(Out):
    """Every conflict, the earliest first."""

    items: list[ConflictOut]


class AcceptIn(StrictModel):
    """Why it may happen all the same."""

    reason: Words


class FactorOut(Out):
    """`value` is from 0 to 1; `points` is what it adds to the score."""

    name: FactorName
    value: float
    weight: float
    points: float
    why: str


class RiskOut(Out):
    """The sum of the factors' points, from 0 to 100, and the model's band for it."""

    score: int
    band: Band
    model: str
    model_version: int
    factors: list[FactorOut]


class SpanOut(Out):
    """[starts_at, ends_at)."""

    starts_at: datetime
    ends_at: datetime


class SlotOut(Out):
    """The first free time; null where there is none in what was searched."""

    slot: SpanOut | None
    searched: SpanOut


class GateIn(StrictModel):
    """What a pipeline is about to do; now, and for an hour, unless it says otherwise."""

    service: Name
    environment: Environment = "production"
    change_type: ChangeType = "standard"
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class ReasonOut(Out):
    """Why not; `other` is the number or key of the record behind it."""

    code: Code
    message: str
    other: str | None


class GateOut(Out):
    """deny with every reason, or allow."""

    decision: Literal["allow", "deny"]
    reasons: list[ReasonOut]


@router.get("/v1/changes/{reference}/conflicts", operation_id="list_conflicts", response_model=Conflicts)
async def list_conflicts(reference: str, ctx: Call, db: Db) -> Response:
    """Every conflict of a change as everything stands now."""
    return said({"items": await schedule.conflicts(db, ctx, reference)})


@router.post(
    "/v1/changes/{reference}/conflicts/{conflict}/accept",
    operation_id="accept_conflict",
    response_model=ConflictOut,
)
async def accept_conflict(reference: str, conflict: UUID, body: AcceptIn, ctx: Call, db: Db) -> Response:
    """Accept a conflict for the time that it has now, for both changes; a freeze is accepted by nobody."""
    return respond(await accept(db, ctx, reference, conflict, body.reason))


@router.get("/v1/changes/{reference}/risk", operation_id="read_risk", response_model=RiskOut)
async def read_risk(reference: str, ctx: Call, db: Db) -> Response:
    """The risk as everything stands now, with every factor."""
    return said(await schedule.risk(db, ctx, reference))


@router.get(
    "/v1/changes/{reference}/first-free-slot", operation_id="find_first_free_slot", response_model=SlotOut
)
async def find_first_free_slot(
    reference: str,
    ctx: Call,
    db: Db,
    duration_s: Annotated[int | None, Query(ge=60, le=SEARCHED.days * 86_400)] = None,
    within: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The first time at which nothing would stand against the change: no other change on the same or a
    related service or item, or of the same assignee, no freeze, and inside the maintenance windows.

    duration_s: as long as it is planned by default. within: at most 90 days, as two times with a slash
    between them; by default the 90 days from the planned start on, or from now on where that is over.
    """
    duration = None if duration_s is None else timedelta(seconds=duration_s)
    asked = None if within is None else span(within)
    return said(await schedule.first_free_slot(db, ctx, reference, duration, asked))


@router.post("/v1/changes/{reference}/gate", operation_id="ask_gate_of_change", response_model=GateOut)
async def ask_gate_of_change(reference: str, ctx: Call, db: Db) -> Response:
    """Whether a pipeline may implement the change now."""
    return said(await schedule.gate_of_change(db, ctx, reference))


@router.post("/v1/gate", operation_id="ask_gate", response_model=GateOut)
async def ask_gate(body: GateIn, ctx: Call, db: Db) -> Response:
    """Whether anything forbids a deployment to a service: a freeze, a maintenance window that it misses,
    a change that holds that time. Other environments than production are always open.
    """
    if body.environment != "production":
        return said({"decision": "allow", "reasons": []})
    start = body.starts_at or ctx.now
    asked = period(start, body.ends_at or start + DEPLOYMENT, "ends_at", SEARCHED)
    return said(await schedule.gate_of_service(db, ctx, body.service, body.change_type, asked))


def said(answer: object) -> Response:
    """JSON with times as everywhere."""
    return Response(to_json(answer), 200, media_type=JSON)

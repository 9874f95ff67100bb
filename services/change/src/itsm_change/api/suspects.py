"""Which incidents a change may have caused, and a person's word on it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.respond import respond
from itsm_chassis.http.texts import Words
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from itsm_change import queries
from itsm_change.commands import verdict
from itsm_change.rules.attribution import Factor, State
from itsm_change.rules.change import ChangeType
from itsm_change.rules.suspect import Voice

router = APIRouter(prefix="/v1/changes/{reference}/caused-incidents", tags=["attribution"])


class VerdictIn(StrictModel):
    """A person's word, and why."""

    verdict: Literal["confirmed", "rejected"]
    note: Words | None = None


class ReasonOut(BaseModel):
    """One part of a score: `points` of the at most `weight` that it can give."""

    factor: Factor
    value: float
    weight: float
    points: float


class SuspectOut(BaseModel):
    """A change and an incident that it may have caused. `judged_by` is an opaque id."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    version: int
    change_id: UUID
    change_number: str
    change_title: str
    change_type: ChangeType
    implemented_at: datetime | None
    incident_id: UUID
    incident_number: str
    opened_at: datetime
    service: str | None
    state: State
    score: float | None
    reasons: list[ReasonOut]
    via: str | None
    model: str
    judged_by: str | None
    judged_at: datetime | None
    judged_through: Voice | None
    note: str | None


class SuspectList(BaseModel):
    """All of them; there are never so many as to need pages."""

    items: list[SuspectOut]


@router.get("", operation_id="list_caused_incidents", response_model=SuspectList)
async def list_caused_incidents(reference: str, ctx: Call, db: Db) -> Response:
    """Confirmed ones first, then by score; withdrawn ones are left out."""
    return Response(await queries.suspects(db, ctx, reference), media_type="application/json")


@router.post("/{incident}", operation_id="judge_caused_incident", response_model=SuspectOut)
async def judge_caused_incident(
    reference: str, incident: str, body: VerdictIn, ctx: Call, db: Db
) -> Response:
    """Confirm or reject, by the incident's id or number; the latest word stands."""
    return respond(await verdict.judge(db, ctx, reference, incident, body.verdict, body.note))

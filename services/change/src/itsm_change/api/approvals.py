"""Approvals: what waits for whose vote, and voting."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Words
from itsm_events import opaque
from pydantic import Field
from starlette.responses import Response

from itsm_change import queries
from itsm_change.api.outgoing import Out
from itsm_change.commands import voting
from itsm_change.rules.approval import Decision, Rule, Status
from itsm_change.tables import approval

LISTING: Final = Listing(
    approval,
    filters=("change_id", "step", "group", "status", "asked_at", "expires_at"),
    sorts=("asked_at", "expires_at"),
    scopes={"own": lambda _: queries.concerns()},
    marks={"mine": lambda _: queries.awaits()},
    default_sort="asked_at",
)

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])


class StepOut(Out):
    """A step of a policy."""

    group: str
    rule: Rule
    percentage: float | None
    expires_after_s: int | None


class VoteOut(Out):
    """A vote, cast by the voter or by a delegate; people are opaque ids."""

    voter: str
    cast_by: str
    decision: Decision
    at: datetime
    comment: str | None
    meeting_id: UUID | None


class ApprovalOut(Out):
    """A group that is asked to approve a change, and the steps that follow. People are opaque ids here, as
    the catalog tells of them.
    """

    id: UUID
    version: int
    change_id: UUID
    change_number: str
    change_title: str
    step: int
    group: str
    rule: Rule
    percentage: float | None
    status: Status
    voters: list[str]
    votes: list[VoteOut]
    asked_at: datetime
    expires_at: datetime | None
    decided_at: datetime | None
    following: list[StepOut]


class VoteIn(StrictModel):
    """A vote. `voter` says in whose place where you are the delegate of several; `meeting_id` in which
    meeting of the board.
    """

    decision: Decision
    comment: Words | None = None
    voter: Annotated[Name | None, Field(description="A person's key, or opaque id.")] = None
    meeting_id: UUID | None = None


@router.get("/{approval_id}", operation_id="read_approval", response_model=ApprovalOut)
async def read_approval(approval_id: UUID, ctx: Call, db: Db) -> Response:
    """A step with its votes."""
    return card(await queries.step(db, ctx, approval_id))


@router.post("/{approval_id}/votes", operation_id="vote", response_model=ApprovalOut)
async def vote(approval_id: UUID, body: VoteIn, ctx: Call, db: Db) -> Response:
    """Vote once, as a member of the group or as the delegate of one; never on your own change. The vote that
    decides asks the next step, authorises the change or returns it to new.
    """
    return respond(
        await voting.vote(db, ctx, approval_id, body.decision, body.comment, body.voter, body.meeting_id)
    )


@router.get(
    "",
    operation_id="list_approvals",
    response_model=Page[ApprovalOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_approvals(request: Request, ctx: Call, db: Db) -> Response:
    """The longest waiting first; mine=true: in which you can vote now, also in the place of somebody whose
    delegate you are. Requesters find those in which they vote.
    """
    me = replace(ctx, actor=opaque(ctx.tenant, ctx.actor))
    return await LISTING.page(db, me, request, scope=None if is_staff(ctx.roles) else "own")

"""Surveys, as the staff reads them, and as the person asked answers them by a link without a login."""

import json
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from itsm_chassis.auth.links import Links, named
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Linked
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.query import wrong
from itsm_chassis.http.respond import JSON, card, respond
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from itsm_metrics.api.questions import once
from itsm_metrics.api.survey_form import LONGEST_COMMENT
from itsm_metrics.commands import answering
from itsm_metrics.queries import surveys
from itsm_metrics.rules.survey import Status
from itsm_metrics.rules.survey_policy import RecordType
from itsm_metrics.tables import survey

PLACE: Final = "/v1/surveys"
BY_LINK: Final = "/v1/surveys/by-link"
PAGE: Final = "/survey"
"""Where people answer; programs do it at `BY_LINK`, with the same token."""
LISTING: Final = Listing(
    survey,
    filters=(
        "status",
        "record_type",
        "record",
        "external_id",
        "number",
        "person",
        "service",
        "assignment_group",
        "priority",
        "score",
        "sent_at",
        "answered_at",
        "expires_at",
    ),
    sorts=("sent_at", "answered_at", "score"),
    default_sort="-sent_at",
)
BY_LINK_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    404: {
        "description": "The link is not one of ours, or its survey is not there; which of them is not told."
    },
    410: {"description": "The survey was there, and its time to answer has run out."},
}
Token = Annotated[str, Query(max_length=1000)]
Score = Annotated[int, Field(ge=1, le=5)]
AnswerComment = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_COMMENT, pattern=r"\S")]

router = APIRouter(tags=["surveys"])


class AnswerIn(StrictModel):
    """An answer; the whole of it, also where it takes the place of one before."""

    score: Score
    """1: very unsatisfied, 5: very satisfied."""
    comment: AnswerComment | None = None


class LinkedSurveyOut(BaseModel):
    """What the person asked sees."""

    model_config = ConfigDict(extra="forbid")

    record_type: RecordType
    number: str
    title: str | None = Field(description="An incident's; null for a request, which says its offering.")
    offering: str | None
    status: Status
    score: int | None = Field(description="1: very unsatisfied, 5: very satisfied.")
    comment: str | None
    sent_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    changeable_until: datetime | None = Field(description="Until when another answer may replace this one.")


class SurveyOut(LinkedSurveyOut):
    """A survey, as the staff sees it."""

    id: UUID
    version: int
    external_id: str | None = Field(description="Of a survey that another desk sent.")
    record: UUID | None = Field(description="null: the record is known by its number alone.")
    service: str | None
    assignment_group: str | None
    priority: str | None = Field(description="At the resolution.")
    business_unit: str | None
    person: str = Field(description="An opaque id, as events have it.")
    change_within_s: int
    policy_edition: int | None = Field(
        description="The survey policy that decided; 0: the one that ships; null: another desk."
    )


class SurveyLinkOut(BaseModel):
    """A survey's link: whoever has it answers as the person asked."""

    path: str = Field(description="The address of its page at this service, for people.")
    expires_at: datetime


@router.get(
    BY_LINK, operation_id="read_linked_survey", response_model=LinkedSurveyOut, responses=BY_LINK_PROBLEMS
)
async def read_linked_survey(ctx: Linked, db: Db, token: Token) -> Response:
    """What is asked, and about what, for whoever has the link. Reading answers nothing."""
    return respond(await answering.read(db, ctx, named(token)[1]))


@router.post(
    f"{BY_LINK}/answer",
    operation_id="answer_linked_survey",
    response_model=LinkedSurveyOut,
    responses=BY_LINK_PROBLEMS,
)
async def answer_linked_survey(body: AnswerIn, ctx: Linked, db: Db, token: Token) -> Response:
    """Answer. The same link may change the answer until `changeable_until`; it counts as one."""
    return respond(await answering.answer(db, ctx, named(token)[1], body.score, body.comment))


@router.get(
    PLACE,
    operation_id="list_surveys",
    response_model=Page[SurveyOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_surveys(request: Request, ctx: Call, db: Db) -> Response:
    """With their answers and comments, the latest sent first."""
    return await LISTING.page(db, ctx, request)


@router.get(f"{PLACE}/{{reference}}", operation_id="read_survey", response_model=SurveyOut)
async def read_survey(reference: UUID, ctx: Call, db: Db) -> Response:
    """One survey with its answer and comment."""
    return card(await surveys.one(db, ctx, reference))


@router.get(f"{PLACE}/{{reference}}/link", operation_id="read_survey_link", response_model=SurveyLinkOut)
async def read_survey_link(reference: UUID, request: Request, ctx: Call, db: Db) -> Response:
    """The link, for whoever delivers it. No event has it, or every subscriber could answer."""
    for name in once(request.query_params.multi_items()):
        raise wrong(name, "unknown_parameter", "is not known here; this takes none")
    found = await surveys.one(db, ctx, reference)
    signing: Links = request.app.state.links
    path = f"{PAGE}?token={signing.token(ctx.tenant, reference)}"
    told = {"path": path, "expires_at": json.loads(found.text)["expires_at"]}
    return Response(json.dumps(told), 200, media_type=JSON)

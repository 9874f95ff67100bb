"""The policy that says who is asked how content they are."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from itsm_metrics.commands import survey_policies
from itsm_metrics.queries import surveys
from itsm_metrics.rules.survey_policy import DAY_S, RecordType, SurveyPolicy
from itsm_metrics.tables import survey_policy

LISTING: Final = Listing(survey_policy, filters=("edition",), sorts=("edition",), default_sort="-edition")
SHIPPED: Final = SurveyPolicy()
YEAR_S: Final = 366 * DAY_S

router = APIRouter(prefix=survey_policies.PLACE, tags=["surveys"])


class PolicyIn(StrictModel):
    """A whole edition; what is left out is as it ships, not as it was.

    - share: of resolved incidents and fulfilled requests; 0 asks nobody
    - quiet_s: whoever was asked is not asked again for so long
    - valid_s: how long a survey may be answered; what was done longer ago is not asked about
    - change_within_s: how long after the first answer it may be changed
    """

    share: Annotated[float, Field(ge=0, le=1)] = SHIPPED.share
    record_types: Annotated[tuple[RecordType, ...], Field(min_length=1, max_length=2)] = SHIPPED.record_types
    quiet_s: Annotated[int, Field(ge=0, le=YEAR_S)] = SHIPPED.quiet_s
    valid_s: Annotated[int, Field(ge=3600, le=YEAR_S)] = SHIPPED.valid_s
    change_within_s: Annotated[int, Field(ge=0, le=YEAR_S)] = SHIPPED.change_within_s


class PolicyOut(BaseModel):
    """An edition; it never changes."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    version: int
    edition: int
    share: float
    record_types: list[RecordType]
    quiet_s: int
    valid_s: int
    change_within_s: int
    issued_by: str
    issued_at: datetime


@router.post("", operation_id="issue_survey_policy", status_code=201, response_model=PolicyOut)
async def issue_survey_policy(body: PolicyIn, ctx: Call, db: Db) -> Response:
    """Issue the next edition: it decides from now on. Surveys that were sent stay as they are."""
    return respond(await survey_policies.issue(db, ctx, body.model_dump()))


@router.get(
    "",
    operation_id="list_survey_policies",
    response_model=Page[PolicyOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_survey_policies(request: Request, ctx: Call, db: Db) -> Response:
    """All editions, the one in force first; with none, the defaults of `issue_survey_policy` are in force."""
    return await LISTING.page(db, ctx, request)


@router.get("/{reference}", operation_id="read_survey_policy", response_model=PolicyOut)
async def read_survey_policy(reference: UUID, ctx: Call, db: Db) -> Response:
    """One edition."""
    return card(await surveys.one(db, ctx, reference, survey_policy))

"""How the risk of changes is counted: weights, caps and bands, in versions."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from itsm_events.calendar import Weekday
from pydantic import Field
from starlette.responses import Response

from itsm_change import queries
from itsm_change.api.outgoing import Out
from itsm_change.api.versions import IF_MATCH, succession
from itsm_change.commands import risk_models
from itsm_change.rules.risk_model import BANDS, WEEK, WEIGHTS, RiskModel
from itsm_change.tables import risk_model

LISTING: Final = Listing(risk_model, filters=("key",), sorts=("key",), default_sort="key")
DEFAULT: Final = RiskModel()
Weight = Annotated[float, Field(ge=0, le=1000)]
Score = Annotated[int, Field(ge=0, le=100)]

router = APIRouter(prefix="/v1/risk-models", tags=["risk models"])


class Hours(StrictModel):
    """Opening hours on the wall clock, such as 08:00 to 18:00."""

    opens: str
    closes: str


def week() -> dict[Weekday, list[Hours]]:
    """The business hours that ship."""
    return {day: [Hours(**each) for each in hours] for day, hours in WEEK.items()}


class BusinessHours(StrictModel):
    """As a calendar of the catalog has them."""

    zone: Name = "UTC"
    weekly: dict[Weekday, Annotated[list[Hours], Field(max_length=24)]] = Field(default_factory=week)


class Weights(StrictModel):
    """What each factor weighs; only their proportions count."""

    criticality: Weight = WEIGHTS["criticality"]
    dependents: Weight = WEIGHTS["dependents"]
    timing: Weight = WEIGHTS["timing"]
    backout: Weight = WEIGHTS["backout"]
    team_failures: Weight = WEIGHTS["team_failures"]
    template_failures: Weight = WEIGHTS["template_failures"]
    conflicts: Weight = WEIGHTS["conflicts"]


class Bands(StrictModel):
    """The least score of each band; low begins at 0."""

    low: Score = BANDS["low"]
    moderate: Score = BANDS["moderate"]
    high: Score = BANDS["high"]
    very_high: Score = BANDS["very_high"]


class ModelIn(StrictModel):
    """A version of the model; what it leaves out is as in the one that ships.

    - dependents_cap, conflicts_cap: so many count as all of their factor
    - failure_cap: the failure rate, as a share, that counts as all of its factor
    - prior: without history a team is taken to have failed once in so many changes
    """

    name: Name = "Risk of changes"
    weights: Weights = Field(default_factory=Weights)
    dependents_cap: Annotated[int, Field(ge=1, le=1_000_000)] = DEFAULT.dependents_cap
    conflicts_cap: Annotated[int, Field(ge=1, le=1000)] = DEFAULT.conflicts_cap
    failure_cap: Annotated[float, Field(gt=0, le=1)] = DEFAULT.failure_cap
    prior: Annotated[int, Field(ge=1, le=10_000)] = DEFAULT.prior
    business_hours: BusinessHours = Field(default_factory=BusinessHours)
    bands: Bands = Field(default_factory=Bands)


class ModelOut(Out):
    """The model in its latest version."""

    id: UUID
    key: str
    name: str
    version: int
    weights: Weights
    dependents_cap: int
    conflicts_cap: int
    failure_cap: float
    prior: int
    business_hours: BusinessHours
    bands: Bands


@router.post(
    "", operation_id="issue_risk_model", status_code=201, response_model=ModelOut, openapi_extra=IF_MATCH
)
async def issue_risk_model(body: ModelIn, request: Request, ctx: Call, db: Db) -> Response:
    """Issue the tenant's model, `default`, or, with If-Match, its next version: the risk of every open change
    is counted by it from now on. Until there is one, the model that ships counts, as version 0.
    """
    ctx, succeeds = succession(request, ctx)
    return respond(await risk_models.issue(db, ctx, body.model_dump(), succeeds=succeeds))


@router.get("/{reference}", operation_id="read_risk_model", response_model=ModelOut)
async def read_risk_model(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key, `default`: the latest version."""
    return card(await queries.named(db, ctx, risk_model, reference))


@router.get(
    "",
    operation_id="list_risk_models",
    response_model=Page[ModelOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_risk_models(request: Request, ctx: Call, db: Db) -> Response:
    """The tenant's model, where one was issued."""
    return await LISTING.page(db, ctx, request)

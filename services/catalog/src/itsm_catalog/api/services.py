"""The portfolio's services: proposed, agreed on, moved through their lives."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.problem import ProblemError
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Words
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import JSONResponse, Response

from itsm_catalog import queries
from itsm_catalog.api.key import ABSENT, Key, PersonKey
from itsm_catalog.commands import portfolio as commands
from itsm_catalog.queries import portfolio
from itsm_catalog.rules.portfolio import Criticality, Status
from itsm_catalog.tables import service

LISTING: Final = Listing(
    service,
    filters=(
        "key",
        "status",
        "owner",
        "business_unit",
        "criticality",
        "sla_policy",
        "proposed_at",
        "live_at",
    ),
    sorts=("name", "key", "proposed_at", "live_at"),
    search=("name", "key"),
    default_sort="name",
)

Money = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Customers = Annotated[list[Key], Field(max_length=200)]
PerCent = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]


class ServiceDetails(StrictModel):
    """What can be agreed about a service at any time before its end."""

    description: Words | None = None
    owner: PersonKey | None = None
    business_unit: Name | None = None
    customers: Customers = ABSENT
    business_value: Words | None = None
    risks: Words | None = None
    criticality: Criticality | None = None
    yearly_cost: Money | None = None
    yearly_price: Money | None = None
    currency: Currency | None = None
    sla_policy: Key | None = None
    availability_calendar: Key | None = None
    availability_target: PerCent | None = None


class NewService(ServiceDetails):
    """A service to be proposed."""

    key: Key
    name: Name


class ServicePatch(ServiceDetails):
    """A merge patch (RFC 7396); the state has its own verb."""

    name: Name = ABSENT


class ServiceOut(BaseModel):
    """A portfolio service; every field is always there.

    - customers: keys of the business units that it is for
    - currency: ISO 4217, of yearly_cost and yearly_price
    - availability_calendar: its open time is the agreed service time; 24x7 where null
    - availability_target: per cent of the agreed service time, per month
    """

    id: UUID
    key: str
    version: int
    name: str
    description: str | None
    status: Status
    owner: str | None
    business_unit: str | None
    customers: list[str]
    business_value: str | None
    risks: str | None
    criticality: Criticality | None
    yearly_cost: float | None
    yearly_price: float | None
    currency: str | None
    sla_policy: str | None
    availability_calendar: str | None
    availability_target: float | None
    proposed_at: datetime
    live_at: datetime | None
    retired_at: datetime | None


class Step(StrictModel):
    """The state to enter, and why."""

    to: Literal["under_evaluation", "chartered", "in_design", "live", "retiring", "retired", "cancelled"]
    comment: Words | None = None


class NextState(BaseModel):
    """A state, whether it can be entered now, why not, and each thing in the way."""

    to: Status
    allowed: bool
    why: str | None
    requires: list[str]
    errors: list[ProblemError]


class NextStates(BaseModel):
    """Every other state."""

    status: Status
    items: list[NextState]


router = APIRouter(prefix="/v1/services", tags=["services"])


@router.post("", operation_id="propose_service", status_code=201, response_model=ServiceOut)
async def propose_service(body: NewService, ctx: Call, db: Db) -> Response:
    """Enter a service into the portfolio's pipeline; the owner is you by default, the key is unique."""
    return respond(await commands.propose(db, ctx, given(body)))


@router.get("/{reference}", operation_id="read_service", response_model=ServiceOut)
async def read_service(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.read(db, ctx, service, reference))


@router.patch("/{reference}", operation_id="edit_service", response_model=ServiceOut)
async def edit_service(reference: str, body: ServicePatch, ctx: Versioned, db: Db) -> Response:
    """Change what is agreed. A service that is live or retiring keeps an owner and an SLA policy; one that
    is retired or cancelled changes no more.
    """
    return respond(await commands.edit(db, ctx, reference, given(body)))


@router.get("/{reference}/transitions", operation_id="list_service_transitions", response_model=NextStates)
async def list_service_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """Every other state: whether it can be entered now, why not, and everything that stands in the way."""
    return JSONResponse(await portfolio.transitions(db, ctx, reference))


@router.post("/{reference}/transitions", operation_id="transition_service", response_model=ServiceOut)
async def transition_service(reference: str, body: Step, ctx: Versioned, db: Db) -> Response:
    """live needs an owner, an SLA policy and an offering; retired, that nobody needs the service any more.
    What is missing or in the way is listed in `errors`.
    """
    return respond(await commands.transition(db, ctx, reference, body.to, body.comment))


@router.get("/{reference}/timeline", operation_id="read_service_timeline", response_model=Page[HappeningOut])
async def read_service_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Every event of the service, in the order in which they were stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await portfolio.timeline(db, ctx, reference, limit, start))


@router.get(
    "",
    operation_id="list_services",
    response_model=Page[ServiceOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_services(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)


def given(body: ServiceDetails) -> dict[str, object]:
    """The fields that were sent; customers are a set, in alphabetical order."""
    fields = body.model_dump(exclude_unset=True)
    if "customers" in fields:
        fields["customers"] = tuple(sorted(set(fields["customers"])))
    return fields

"""Weighing the portfolio: value, cost and demand, per service and per business unit."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from pydantic import BaseModel, Field, StringConstraints
from pydantic_core import to_json
from starlette.responses import Response

from itsm_catalog.queries import portfolio
from itsm_catalog.rules.portfolio import Criticality, Status
from itsm_catalog.rules.weighing import Window, window

router = APIRouter(prefix="/v1", tags=["portfolio"])

Month = Annotated[str, StringConstraints(pattern=r"^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])$")]
Months = Annotated[int, Query(ge=1, le=120, description="How many whole months (UTC) are looked at")]
Until = Annotated[Month | None, Query(description="The month after the last one, such as 2026-03; now")]
Wish = Annotated[str | None, Query(max_length=200)]


class WindowOut(BaseModel):
    """The months of [first, until)."""

    first: str
    until: str
    months: int


class Weight(BaseModel):
    """Figures in one currency; `rules/weighing.py` and the README have the formulas."""

    currency: str | None
    yearly_cost: float | None = Field(description="Sum over the services that state one")
    yearly_price: float | None = Field(description="Sum over the services that state one")
    yearly_margin: float | None = Field(description="Price - cost, over the services that state both")
    monthly_cost: float | None = Field(description="yearly_cost / 12")
    requests: int = Field(description="Submitted in the window")
    requests_per_month: float
    incidents: int = Field(description="Opened in the window")
    incidents_per_month: float
    cost_per_request: float | None = Field(
        description="monthly_cost / requests per month, over the services that state a cost"
    )
    cost_per_incident: float | None = Field(
        description="monthly_cost / incidents per month, over the services that state a cost"
    )


class ServiceWeight(Weight):
    """One service."""

    key: str
    name: str
    status: Status
    owner: str | None
    business_unit: str | None
    customers: list[str]
    criticality: Criticality | None
    business_value: str | None


class UnitWeight(Weight):
    """The services of one business unit in one currency; both may be null."""

    business_unit: str | None
    name: str | None
    services: int
    statuses: dict[Status, int]
    criticalities: dict[Criticality, int]


class Portfolio(BaseModel):
    """All that match; there are never so many as to need pages."""

    window: WindowOut
    group_by: Literal["service", "business_unit"]
    items: list[ServiceWeight] | list[UnitWeight]


class MonthOut(BaseModel):
    """What was asked of a service in a month."""

    month: str
    requests: int
    incidents: int


class Demand(BaseModel):
    """Month by month, the empty ones too."""

    window: WindowOut
    items: list[MonthOut]


@router.get("/portfolio", operation_id="weigh_portfolio", response_model=Portfolio)
async def weigh_portfolio(
    ctx: Call,
    db: Db,
    group_by: Literal["service", "business_unit"] = "service",
    months: Months = 12,
    until: Until = None,
    status: Status | None = None,
    criticality: Criticality | None = None,
    owner: Wish = None,
    business_unit: Wish = None,
    customer: Wish = None,
) -> Response:
    """Cost, price, margin and demand, with the cost of one request and of one incident. By default all
    services that are neither retired nor cancelled, over the last 12 whole months.
    """
    over = window(day(until), months, ctx.now)
    wishes = {"status": status, "criticality": criticality, "owner": owner, "business_unit": business_unit}
    wanted = {name: wish for name, wish in wishes.items() if wish is not None}
    found = await portfolio.asked(db, ctx, over, wanted, customer)
    if group_by == "service":
        items = portfolio.by_service(found, over)
    else:
        items = await portfolio.by_business_unit(db, ctx, found, over)
    return answered({"window": shown(over), "group_by": group_by, "items": items})


@router.get("/services/{reference}/demand", operation_id="read_service_demand", response_model=Demand)
async def read_service_demand(
    reference: str, ctx: Call, db: Db, months: Months = 12, until: Until = None
) -> Response:
    """Requests and incidents of a service per month, by when they were submitted or opened."""
    over = window(day(until), months, ctx.now)
    return answered({"window": shown(over), "items": await portfolio.demand(db, ctx, reference, over)})


def day(month: str | None) -> date | None:
    """The first day of a month."""
    return None if month is None else date.fromisoformat(f"{month}-01")


def shown(over: Window) -> dict[str, Any]:
    """The window as it is answered."""
    return {"first": f"{over.first:%Y-%m}", "until": f"{over.until:%Y-%m}", "months": over.months}


def answered(body: dict[str, Any]) -> Response:
    """JSON."""
    return Response(to_json(body), media_type="application/json")

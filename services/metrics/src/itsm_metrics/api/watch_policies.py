"""What is looked for among the figures: thresholds, in editions."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from pydantic import Field, model_validator
from starlette.responses import Response

from itsm_metrics.api.improvements_out import Out
from itsm_metrics.commands import watch_policies as commands
from itsm_metrics.queries import watching as queries
from itsm_metrics.rules.watch_policy import DAY_S, WatchPolicy
from itsm_metrics.tables import watch_policy

LISTING: Final = Listing(watch_policy, filters=("edition",), sorts=("edition",), default_sort="-edition")
USUAL: Final = WatchPolicy()
LEAST_EVERY_S: Final = 600

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

router = APIRouter(prefix="/v1/watch-policies", tags=["findings"])


class WatchPolicyIn(StrictModel):
    """A whole edition; what is left out is as it ships, not as it was.

    - period_days: of how many days the figures are; least_n: of how many records at least
    - sla_green: the share of agreements met from which a service looks green
    - csat_red, reopen_red, recurrence_red, ping_pong_red, backlog_age_red_s (its p90): beyond which it is red
    - quiet_days, worse_factor: how long a dismissed finding is quiet, unless its gap has grown so many times
    - scan_every_s: how often the figures are scanned; 0 never
    """

    period_days: Annotated[int, Field(ge=1, le=366)] = USUAL.period_days
    least_n: Annotated[int, Field(ge=1, le=1_000_000)] = USUAL.least_n
    sla_green: Share = USUAL.sla_green
    csat_red: Share = USUAL.csat_red
    reopen_red: Share = USUAL.reopen_red
    recurrence_red: Share = USUAL.recurrence_red
    backlog_age_red_s: Annotated[int, Field(ge=0, le=3660 * DAY_S)] = USUAL.backlog_age_red_s
    ping_pong_red: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = USUAL.ping_pong_red
    quiet_days: Annotated[int, Field(ge=0, le=3660)] = USUAL.quiet_days
    worse_factor: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)] = USUAL.worse_factor
    scan_every_s: Annotated[int, Field(ge=0, le=366 * DAY_S)] = USUAL.scan_every_s

    @model_validator(mode="after")
    def bearable(self) -> "WatchPolicyIn":
        """A scan reads seven figures: more often than every ten minutes it would only cost."""
        if 0 < self.scan_every_s < LEAST_EVERY_S:
            raise ValueError(f"scan_every_s must be 0, or at least {LEAST_EVERY_S}.")
        return self


class WatchPolicyOut(Out):
    """An edition; it never changes."""

    id: UUID
    version: int
    edition: int
    period_days: int
    least_n: int
    sla_green: float
    csat_red: float
    reopen_red: float
    recurrence_red: float
    backlog_age_red_s: int
    ping_pong_red: float
    quiet_days: int
    worse_factor: float
    scan_every_s: int
    issued_by: str
    issued_at: datetime


@router.post("", operation_id="issue_watch_policy", status_code=201, response_model=WatchPolicyOut)
async def issue_watch_policy(body: WatchPolicyIn, ctx: Call, db: Db) -> Response:
    """Issue the next edition; scans go by it from now on."""
    return respond(await commands.issue(db, ctx, body.model_dump(exclude_unset=True)))


@router.get(
    "",
    operation_id="list_watch_policies",
    response_model=Page[WatchPolicyOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_watch_policies(request: Request, ctx: Call, db: Db) -> Response:
    """The newest first; while there is none, the defaults of `issue_watch_policy` count."""
    return await LISTING.page(db, ctx, request)


@router.get("/{policy_id}", operation_id="read_watch_policy", response_model=WatchPolicyOut)
async def read_watch_policy(policy_id: UUID, ctx: Call, db: Db) -> Response:
    """One edition."""
    return card(await queries.one(db, ctx, watch_policy, policy_id))

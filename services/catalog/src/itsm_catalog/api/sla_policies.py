"""Service level policies: targets by priority and service, counted in a calendar, in versions."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from itsm_events.incident import HoldReason, Priority
from itsm_events.service_level import Kind, Measure
from itsm_sla.policy_form import LONGEST_S
from pydantic import BaseModel, Field
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.key import Key
from itsm_catalog.api.versions import IF_MATCH, Version, listed, succession
from itsm_catalog.commands import sla_policies
from itsm_catalog.tables import sla_policy

LISTING: Final = Listing(
    sla_policy,
    filters=("key", "kind", "calendar", "retired", "valid_from", "issued_at"),
    sorts=("name", "key", "issued_at"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/sla-policies", tags=["service levels"])


class Target(StrictModel):
    """So many seconds of open time; without priority or service it is for any. The closest one counts."""

    measure: Measure
    seconds: Annotated[int, Field(ge=1, le=LONGEST_S)]
    priority: Priority | None = None
    service: Name | None = None


class NewPolicy(StrictModel):
    """A version of a policy; valid from now on by default.

    - services, groups: what it is for; empty for all
    - pauses: the hold reasons that pause its clocks; every hold where absent or null
    - thresholds: per cent of the target at which a clock speaks, rising, the last one 100
    - availability_target: per cent of the calendar's open time, per month
    """

    key: Key
    name: Name
    kind: Kind
    valid_from: datetime | None = None
    calendar: Key
    services: tuple[Name, ...] = ()
    groups: tuple[Name, ...] = ()
    targets: tuple[Target, ...]
    pauses: tuple[HoldReason, ...] | None = None
    thresholds: tuple[int, ...] = (50, 75, 90, 100)
    availability_target: Annotated[float, Field(gt=0, le=100)] | None = None


class Retirement(StrictModel):
    """From when on records get no clock; now by default."""

    valid_from: datetime | None = None


class PolicyVersionOut(BaseModel):
    """One version of a policy, as it is said in its event."""

    key: str
    version: int
    name: str
    kind: Kind
    valid_from: datetime
    issued_at: datetime
    retired: bool
    calendar: str
    services: list[str]
    groups: list[str]
    targets: list[Target]
    pauses: list[HoldReason] | None
    thresholds: list[int]
    availability_target: float | None


class PolicyOut(PolicyVersionOut):
    """A policy in its latest version, and which others there are."""

    id: UUID
    versions: list[Version]


class PolicyVersions(BaseModel):
    """Every version, the newest first."""

    items: list[PolicyVersionOut]


@router.post(
    "", operation_id="activate_sla_policy", status_code=201, response_model=PolicyOut, openapi_extra=IF_MATCH
)
async def activate_sla_policy(body: NewPolicy, request: Request, ctx: Call, db: Db) -> Response:
    """Activate a policy or, with If-Match, its next version. It governs records opened from `valid_from`
    on, which may lie in the past; those that exist already keep their version until they are recomputed.
    """
    ctx, succeeds = succession(request, ctx)
    given: dict[str, Any] = body.model_dump(mode="json", exclude_none=True)
    return respond(await sla_policies.activate(db, ctx, given, succeeds=succeeds))


@router.post("/{reference}/retire", operation_id="retire_sla_policy", response_model=PolicyOut)
async def retire_sla_policy(reference: str, body: Retirement, ctx: Versioned, db: Db) -> Response:
    """End a policy for records opened from `valid_from` on; clocks that run keep running."""
    return respond(await sla_policies.retire(db, ctx, reference, body.valid_from))


@router.get("/{reference}", operation_id="read_sla_policy", response_model=PolicyOut)
async def read_sla_policy(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key: the latest version."""
    return card(await queries.read(db, ctx, sla_policy, reference))


@router.get("/{reference}/versions", operation_id="list_sla_policy_versions", response_model=PolicyVersions)
async def list_sla_policy_versions(reference: str, ctx: Call, db: Db) -> Response:
    """Every version, the newest first."""
    return listed(await queries.versions(db, ctx, sla_policy, reference, said_as="policy"))


@router.get(
    "",
    operation_id="list_sla_policies",
    response_model=Page[PolicyOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_sla_policies(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)

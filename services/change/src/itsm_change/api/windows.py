"""Maintenance windows and freezes: when work is meant to happen, and when it must not."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from pydantic import Field, StringConstraints
from starlette.responses import Response

from itsm_change import queries
from itsm_change.api.incoming import ABSENT, Names
from itsm_change.api.key import Key
from itsm_change.api.outgoing import Out
from itsm_change.commands import windows
from itsm_change.rules.recurrence import LONGEST_RULE
from itsm_change.rules.windows import Status
from itsm_change.tables import change_freeze, maintenance_window

Rule = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_RULE)]
ExemptType = Literal["standard", "normal", "emergency"]
FIELDS: Final[dict[str, Any]] = {
    "filters": ("key", "status", "starts_at"),
    "sorts": ("starts_at", "name", "key"),
    "search": ("name", "key"),
    "default_sort": "starts_at",
}
WINDOWS: Final = Listing(maintenance_window, **FIELDS)
FREEZES: Final = Listing(change_freeze, **FIELDS)

router = APIRouter(tags=["windows"])


class Scope(StrictModel):
    """What it is for, and whether it recurs; for everything where it names no service and no item.

    recurrence: an RFC 5545 RRULE of days (FREQ=DAILY, WEEKLY, MONTHLY or YEARLY), of which the first
    occurrence is one. Each begins and ends at the first one's time of day on the wall clock of the zone.
    """

    services: Names | None = None
    configuration_items: Names | None = None
    recurrence: Rule | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were sent."""
        return self.model_dump(exclude_unset=True)


class WindowIn(Scope):
    """[starts_at, ends_at) is the first occurrence."""

    key: Key
    name: Name
    starts_at: datetime
    ends_at: datetime
    zone: Name = "UTC"


class WindowPatch(Scope):
    """A merge patch; the key stays."""

    name: Name = ABSENT
    starts_at: datetime = ABSENT
    ends_at: datetime = ABSENT
    zone: Name = ABSENT


class FreezeIn(WindowIn):
    """No change within it is scheduled, but emergencies, the types and the numbers that it exempts."""

    exempt: Names | None = None
    exempt_types: Annotated[list[ExemptType], Field(max_length=3)] | None = None


class FreezePatch(WindowPatch):
    """A merge patch; the key stays."""

    exempt: Names | None = None
    exempt_types: Annotated[list[ExemptType], Field(max_length=3)] | None = None


class WindowOut(Out):
    """A time that recurs or not; empty services and configuration_items mean all."""

    id: UUID
    key: str
    version: int
    name: str
    services: list[str]
    configuration_items: list[str]
    starts_at: datetime
    ends_at: datetime
    recurrence: str | None
    zone: str
    status: Status


class FreezeOut(WindowOut):
    """A freeze, and what it lets through."""

    exempt: list[str]
    exempt_types: list[ExemptType]


@router.post(
    "/v1/maintenance-windows",
    operation_id="schedule_maintenance_window",
    status_code=201,
    response_model=WindowOut,
)
async def schedule_maintenance_window(body: WindowIn, ctx: Call, db: Db) -> Response:
    """Agree on a window: a change outside of it, on what it is for, has a conflict."""
    return respond(await windows.make(db, ctx, windows.MAINTENANCE, body.given()))


@router.get(
    "/v1/maintenance-windows/{reference}", operation_id="read_maintenance_window", response_model=WindowOut
)
async def read_maintenance_window(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.named(db, ctx, maintenance_window, reference))


@router.patch(
    "/v1/maintenance-windows/{reference}", operation_id="edit_maintenance_window", response_model=WindowOut
)
async def edit_maintenance_window(reference: str, body: WindowPatch, ctx: Versioned, db: Db) -> Response:
    """Change fields; the conflicts of the changes that it is or was for are worked out anew."""
    return respond(await windows.edit(db, ctx, windows.MAINTENANCE, reference, body.given()))


@router.post(
    "/v1/maintenance-windows/{reference}/cancel",
    operation_id="cancel_maintenance_window",
    response_model=WindowOut,
)
async def cancel_maintenance_window(reference: str, ctx: Versioned, db: Db) -> Response:
    """It takes place no more."""
    return respond(await windows.cancel(db, ctx, windows.MAINTENANCE, reference))


@router.get(
    "/v1/maintenance-windows",
    operation_id="list_maintenance_windows",
    response_model=Page[WindowOut],
    openapi_extra={"parameters": WINDOWS.parameters},
)
async def list_maintenance_windows(request: Request, ctx: Call, db: Db) -> Response:
    """By their first occurrence by default."""
    return await WINDOWS.page(db, ctx, request)


@router.post("/v1/freezes", operation_id="declare_freeze", status_code=201, response_model=FreezeOut)
async def declare_freeze(body: FreezeIn, ctx: Call, db: Db) -> Response:
    """Freeze services and items, with all that they need, or everything."""
    return respond(await windows.make(db, ctx, windows.FREEZE, body.given()))


@router.get("/v1/freezes/{reference}", operation_id="read_freeze", response_model=FreezeOut)
async def read_freeze(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.named(db, ctx, change_freeze, reference))


@router.patch("/v1/freezes/{reference}", operation_id="edit_freeze", response_model=FreezeOut)
async def edit_freeze(reference: str, body: FreezePatch, ctx: Versioned, db: Db) -> Response:
    """Change fields; to let a change through, add its number to `exempt`."""
    return respond(await windows.edit(db, ctx, windows.FREEZE, reference, body.given()))


@router.post("/v1/freezes/{reference}/cancel", operation_id="lift_freeze", response_model=FreezeOut)
async def lift_freeze(reference: str, ctx: Versioned, db: Db) -> Response:
    """It counts no more."""
    return respond(await windows.cancel(db, ctx, windows.FREEZE, reference))


@router.get(
    "/v1/freezes",
    operation_id="list_freezes",
    response_model=Page[FreezeOut],
    openapi_extra={"parameters": FREEZES.parameters},
)
async def list_freezes(request: Request, ctx: Call, db: Db) -> Response:
    """By their first occurrence by default."""
    return await FREEZES.page(db, ctx, request)

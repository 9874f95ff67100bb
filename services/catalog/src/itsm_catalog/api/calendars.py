"""Business calendars: weekly hours, holidays and a time zone, in versions."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from itsm_events.calendar import Weekday
from pydantic import BaseModel, Field
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.key import Key
from itsm_catalog.api.versions import IF_MATCH, Version, listed, succession
from itsm_catalog.commands import calendars
from itsm_catalog.commands.public_holidays import Wanted
from itsm_catalog.tables import calendar

LISTING: Final = Listing(
    calendar,
    filters=("key", "zone", "valid_from", "issued_at"),
    sorts=("name", "key", "issued_at"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/calendars", tags=["calendars"])


class Hours(StrictModel):
    """Opening hours on the wall clock, such as 08:00 to 18:00; past midnight where they close earlier."""

    opens: str
    closes: str


class Holiday(StrictModel):
    """A date with hours of its own instead of the week's; closed where there are none."""

    on: date
    name: Name
    hours: tuple[Hours, ...] = ()


class NewCalendar(StrictModel):
    """A version of a calendar; valid from now on by default."""

    key: Key
    name: Name
    valid_from: datetime | None = None
    zone: Name
    weekly: dict[Weekday, tuple[Hours, ...]]
    holidays: tuple[Holiday, ...] = ()


class HolidayImport(StrictModel):
    """Whose public holidays to add: country and subdivision as in ISO 3166."""

    country: Name
    subdivision: Name | None = None
    years: Annotated[tuple[Annotated[int, Field(ge=1900, le=2200)], ...], Field(min_length=1, max_length=20)]
    language: Name | None = None
    """Of the names, such as en_US; by default the country's own."""


class CalendarVersionOut(BaseModel):
    """One version of a calendar, as it is said in its event."""

    key: str
    version: int
    name: str
    valid_from: datetime
    issued_at: datetime
    retired: bool
    zone: str
    weekly: dict[Weekday, list[Hours]]
    holidays: list[Holiday]


class CalendarOut(CalendarVersionOut):
    """A calendar in its latest version, and which others there are."""

    id: UUID
    versions: list[Version]


class CalendarVersions(BaseModel):
    """Every version, the newest first."""

    items: list[CalendarVersionOut]


@router.post(
    "", operation_id="publish_calendar", status_code=201, response_model=CalendarOut, openapi_extra=IF_MATCH
)
async def publish_calendar(body: NewCalendar, request: Request, ctx: Call, db: Db) -> Response:
    """Publish a calendar or, with If-Match, its next version. It governs records opened from
    `valid_from` on, which may lie in the past; those that exist already keep their version until they are
    recomputed.
    """
    ctx, succeeds = succession(request, ctx)
    given = body.model_dump(mode="json", exclude_none=True)
    return respond(await calendars.publish(db, ctx, given, succeeds=succeeds))


@router.post("/{reference}/holidays:import", operation_id="import_holidays", response_model=CalendarOut)
async def import_holidays(reference: str, body: HolidayImport, ctx: Versioned, db: Db) -> Response:
    """Add a country's public holidays as dated rows: a new version, valid from when the latest one is.
    Dates that are there already stay as they are; where all are, nothing changes.
    """
    wanted = Wanted(body.country, body.subdivision, body.years, body.language)
    return respond(await calendars.import_holidays(db, ctx, reference, wanted))


@router.get("/{reference}", operation_id="read_calendar", response_model=CalendarOut)
async def read_calendar(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key: the latest version."""
    return card(await queries.read(db, ctx, calendar, reference))


@router.get("/{reference}/versions", operation_id="list_calendar_versions", response_model=CalendarVersions)
async def list_calendar_versions(reference: str, ctx: Call, db: Db) -> Response:
    """Every version, the newest first."""
    return listed(await queries.versions(db, ctx, calendar, reference, said_as="calendar"))


@router.get(
    "",
    operation_id="list_calendars",
    response_model=Page[CalendarOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_calendars(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)

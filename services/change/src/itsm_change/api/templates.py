"""Templates of standard changes."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name, Title
from pydantic import Field
from starlette.responses import Response

from itsm_change import queries
from itsm_change.api.incoming import ABSENT, Scope
from itsm_change.api.key import Key
from itsm_change.api.outgoing import Out
from itsm_change.commands import templates
from itsm_change.tables import change_template

LISTING: Final = Listing(
    change_template,
    filters=("key", "service", "preapproved", "active"),
    sorts=("name", "key"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/change-templates", tags=["change templates"])

Size = Annotated[int, Field(ge=1, le=1000)]
Share = Annotated[float, Field(ge=0, le=1)]


class TemplateIn(Scope):
    """A template. Its pre-approval is lost once more than `max_failure_rate` of its last `history_size`
    changes failed.
    """

    key: Key
    name: Name
    title: Title
    preapproved: bool = False
    history_size: Size = 10
    max_failure_rate: Share = 0.1


class TemplatePatch(Scope):
    """A merge patch; a pre-approval that is given anew counts from then on."""

    name: Name = ABSENT
    title: Title = ABSENT
    preapproved: bool = ABSENT
    history_size: Size = ABSENT
    max_failure_rate: Share = ABSENT
    active: bool = ABSENT


class FailureOut(Out):
    """A change that failed."""

    id: UUID
    number: str
    closed_at: datetime


class HistoryOut(Out):
    """What became of its standard changes; `recent` are those that the pre-approval hangs on."""

    n: int
    failed: int
    recent_n: int
    recent_failed: int
    last_failures: list[FailureOut]


class TemplateOut(Out):
    """A template with its history."""

    id: UUID
    key: str
    version: int
    name: str
    title: str
    description: str | None
    service: str | None
    affected_services: list[str]
    configuration_items: list[str]
    assignment_group: str | None
    plan: str | None
    test_plan: str | None
    backout_plan: str | None
    backout_tested: bool
    preapproved: bool
    preapproved_since: datetime | None
    history_size: int
    max_failure_rate: float
    active: bool
    history: HistoryOut


@router.post("", operation_id="publish_template", status_code=201, response_model=TemplateOut)
async def publish_template(body: TemplateIn, ctx: Call, db: Db) -> Response:
    """Publish a template; its key is unique."""
    given = body.model_dump(exclude_unset=True, exclude_none=True)
    return respond(await templates.publish(db, ctx, given))


@router.patch("/{reference}", operation_id="edit_template", response_model=TemplateOut)
async def edit_template(reference: str, body: TemplatePatch, ctx: Versioned, db: Db) -> Response:
    """A merge patch. Changes that exist already keep what they took from it."""
    return respond(await templates.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get("/{reference}", operation_id="read_template", response_model=TemplateOut)
async def read_template(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.named(db, ctx, change_template, reference))


@router.get(
    "",
    operation_id="list_templates",
    response_model=Page[TemplateOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_templates(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)

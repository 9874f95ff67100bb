"""Configuration items: what the services run on."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.paging import After, HappeningOut, Limit, begin, paged
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from itsm_catalog import queries
from itsm_catalog.api.key import Key
from itsm_catalog.commands import items
from itsm_catalog.queries import items as reads
from itsm_catalog.rules.configuration_items import Environment, Status
from itsm_catalog.tables import configuration_item

LISTING: Final = Listing(
    configuration_item,
    filters=(
        "key",
        "ci_type",
        "status",
        "environment",
        "owner",
        "assignment_group",
        "location",
        "registered_at",
        "updated_at",
    ),
    sorts=("name", "key", "registered_at", "updated_at"),
    search=("name", "key"),
    default_sort="name",
)
ABSENT: Any = Field(default_factory=lambda: None)
"""The default of a field that may be left out but not be null."""

router = APIRouter(prefix="/v1/configuration-items", tags=["configuration items"])


class NewItem(StrictModel):
    """An item to be registered; its type's JSON Schema describes the attributes."""

    key: Key
    name: Name
    ci_type: Key
    status: Literal["planned", "in_use", "in_maintenance"] = "planned"
    environment: Environment
    owner: Name | None = None
    assignment_group: Name | None = None
    location: Name | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)


class ItemPatch(StrictModel):
    """A merge patch (RFC 7396), also inside attributes. The key never changes; the state has its own verb."""

    name: Name = ABSENT
    ci_type: Key = ABSENT
    environment: Environment = ABSENT
    owner: Name | None = None
    assignment_group: Name | None = None
    location: Name | None = None
    attributes: dict[str, Any] | None = None


class ItemTransition(StrictModel):
    """The state to enter."""

    to: Status


class ItemOut(BaseModel):
    """A configuration item; every field is always there."""

    id: UUID
    key: str
    version: int
    name: str
    ci_type: str
    ci_type_version: int = Field(description="What its attributes were last checked against.")
    status: Status
    environment: Environment
    owner: str | None
    assignment_group: str | None
    location: str | None
    attributes: dict[str, Any]
    registered_at: datetime
    updated_at: datetime
    retired_at: datetime | None


class NextItemState(BaseModel):
    """Another state, and whether it can be entered now."""

    to: Status
    allowed: bool
    why: str | None
    requires: list[str]


class NextItemStates(BaseModel):
    """The state, and every other one."""

    status: Status
    items: list[NextItemState]


@router.post("", operation_id="register_configuration_item", status_code=201, response_model=ItemOut)
async def register_configuration_item(body: NewItem, ctx: Call, db: Db) -> Response:
    """Make an item known; it is planned by default."""
    return respond(await items.register(db, ctx, body.model_dump()))


@router.get("/{reference}", operation_id="read_configuration_item", response_model=ItemOut)
async def read_configuration_item(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key."""
    return card(await queries.read(db, ctx, configuration_item, reference))


@router.patch("/{reference}", operation_id="edit_configuration_item", response_model=ItemOut)
async def edit_configuration_item(reference: str, body: ItemPatch, ctx: Versioned, db: Db) -> Response:
    """Where attributes or type change, the type's latest version has to describe the result."""
    return respond(await items.edit(db, ctx, reference, body.model_dump(exclude_unset=True)))


@router.get(
    "/{reference}/transitions",
    operation_id="list_configuration_item_transitions",
    response_model=NextItemStates,
)
async def list_configuration_item_transitions(reference: str, ctx: Call, db: Db) -> Response:
    """Every other state: whether the item can enter it now, and why not."""
    return JSONResponse(await reads.transitions(db, ctx, reference))


@router.post("/{reference}/transitions", operation_id="transition_configuration_item", response_model=ItemOut)
async def transition_configuration_item(
    reference: str, body: ItemTransition, ctx: Versioned, db: Db
) -> Response:
    """Retiring is final, and refused while items in use or live services depend on it; the problem's
    `needed_by` names them.
    """
    return respond(await items.transition(db, ctx, reference, body.to))


@router.get(
    "/{reference}/timeline",
    operation_id="read_configuration_item_timeline",
    response_model=Page[HappeningOut],
)
async def read_configuration_item_timeline(
    request: Request, reference: str, ctx: Call, db: Db, limit: Limit = 50, cursor: After = None
) -> Response:
    """Every event of the item and of what it depends on directly, in the order in which they were stored."""
    start = begin(request, ctx, cursor)
    return paged(request, ctx, limit, *await reads.timeline(db, ctx, reference, limit, start))


@router.get(
    "",
    operation_id="list_configuration_items",
    response_model=Page[ItemOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_configuration_items(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)

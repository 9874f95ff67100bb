"""Types of configuration items: what their attributes are, as JSON Schema, in versions."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from itsm_chassis.http.texts import Name
from pydantic import BaseModel
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.key import Key
from itsm_catalog.api.versions import IF_MATCH, listed, succession
from itsm_catalog.commands import item_types
from itsm_catalog.queries.items import type_versions
from itsm_catalog.tables import configuration_item_type

LISTING: Final = Listing(
    configuration_item_type,
    filters=("key", "issued_at"),
    sorts=("name", "key", "issued_at"),
    search=("name", "key"),
    default_sort="name",
)

router = APIRouter(prefix="/v1/configuration-item-types", tags=["configuration items"])


class NewType(StrictModel):
    """A version of a type. `attributes_schema` is JSON Schema (2020-12) of an object; it refers to its own
    $defs alone, and its patterns are searched in linear time.
    """

    key: Key
    name: Name
    attributes_schema: dict[str, Any]


class TypeLine(BaseModel):
    """One of the versions that there are."""

    version: int
    issued_at: datetime


class TypeVersionOut(BaseModel):
    """One version of a type."""

    key: str
    version: int
    name: str
    issued_at: datetime
    attributes_schema: dict[str, Any]


class TypeOut(TypeVersionOut):
    """A type in its latest version, and which others there are."""

    id: UUID
    versions: list[TypeLine]


class TypeVersions(BaseModel):
    """Every version, the newest first."""

    items: list[TypeVersionOut]


@router.post(
    "",
    operation_id="publish_configuration_item_type",
    status_code=201,
    response_model=TypeOut,
    openapi_extra=IF_MATCH,
)
async def publish_configuration_item_type(body: NewType, request: Request, ctx: Call, db: Db) -> Response:
    """Publish a type or, with If-Match, its next version. Items that exist already are checked against it
    once their attributes change.
    """
    ctx, succeeds = succession(request, ctx)
    return respond(await item_types.publish(db, ctx, body.model_dump(), succeeds=succeeds))


@router.get("/{reference}", operation_id="read_configuration_item_type", response_model=TypeOut)
async def read_configuration_item_type(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its key: the latest version."""
    return card(await queries.read(db, ctx, configuration_item_type, reference))


@router.get(
    "/{reference}/versions", operation_id="list_configuration_item_type_versions", response_model=TypeVersions
)
async def list_configuration_item_type_versions(reference: str, ctx: Call, db: Db) -> Response:
    """Every version, the newest first."""
    return listed(await type_versions(db, ctx, reference))


@router.get(
    "",
    operation_id="list_configuration_item_types",
    response_model=Page[TypeOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_configuration_item_types(request: Request, ctx: Call, db: Db) -> Response:
    """By name by default."""
    return await LISTING.page(db, ctx, request)

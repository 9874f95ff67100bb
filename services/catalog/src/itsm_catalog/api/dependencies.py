"""Dependencies: the dependent needs the dependency. Never in a circle."""

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from pydantic import BaseModel
from starlette.responses import Response

from itsm_catalog import queries
from itsm_catalog.api.key import Key
from itsm_catalog.commands import dependencies
from itsm_catalog.rules.dependencies import End, Kind
from itsm_catalog.tables import dependency

LISTING: Final = Listing(
    dependency,
    filters=("dependent_kind", "dependent_key", "dependency_kind", "dependency_key", "added_at"),
    sorts=("added_at", "dependent_key", "dependency_key"),
    default_sort="dependent_key",
)

router = APIRouter(prefix="/v1/dependencies", tags=["dependencies"])


class EndIn(StrictModel):
    """A service or a configuration item, by its key."""

    kind: Kind
    key: Key


class NewDependency(StrictModel):
    """The dependent needs the dependency: a service needs services and items, an item needs items."""

    dependent: EndIn
    dependency: EndIn


class EndOut(BaseModel):
    """A service or a configuration item, by its key."""

    kind: Kind
    key: str


class DependencyOut(BaseModel):
    """An edge of the graph; it never changes, it is only removed."""

    id: UUID
    version: int
    dependent: EndOut
    dependency: EndOut
    added_at: datetime


@router.post("", operation_id="add_dependency", status_code=201, response_model=DependencyOut)
async def add_dependency(body: NewDependency, ctx: Call, db: Db) -> Response:
    """Both ends have to exist. What would close a circle is refused; the problem's `cycle` is the circle,
    node by node.
    """
    ends = (End(end.kind, end.key) for end in (body.dependent, body.dependency))
    return respond(await dependencies.add(db, ctx, *ends))


@router.get("/{dependency_id}", operation_id="read_dependency", response_model=DependencyOut)
async def read_dependency(dependency_id: UUID, ctx: Call, db: Db) -> Response:
    """By its id."""
    return card(await queries.read(db, ctx, dependency, str(dependency_id)))


@router.delete("/{dependency_id}", operation_id="remove_dependency", status_code=204, response_class=Response)
async def remove_dependency(dependency_id: UUID, ctx: Versioned, db: Db) -> Response:
    """The dependent no longer needs it."""
    return respond(await dependencies.remove(db, ctx, dependency_id))


@router.get(
    "",
    operation_id="list_dependencies",
    response_model=Page[DependencyOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_dependencies(request: Request, ctx: Call, db: Db) -> Response:
    """By the dependent's key by default."""
    return await LISTING.page(db, ctx, request)

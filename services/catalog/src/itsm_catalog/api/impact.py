"""The graph around a service or an item: what needs it, and what it needs."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from itsm_events.catalog import Criticality
from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Table
from starlette.responses import Response

from itsm_catalog.api.dependencies import DependencyOut, EndOut
from itsm_catalog.queries import impact
from itsm_catalog.rules.configuration_items import Environment
from itsm_catalog.tables import configuration_item, service
from itsm_catalog.tables.graph import Direction

JSON: Final = "application/json"

Depth = Annotated[int, Query(ge=1, le=50, description="Steps away at most")]
Most = Annotated[int, Query(ge=1, le=10_000, description="Nodes at most, the nearest first")]

router = APIRouter(prefix="/v1", tags=["dependencies"])


class NodeOut(EndOut):
    """A service or an item as it is now; criticality is a service's, type and environment are an item's."""

    id: str
    name: str
    status: str
    ci_type: str | None
    environment: Environment | None
    criticality: Criticality | None


class ReachedOut(NodeOut):
    """A node so many steps away; `via` is the node before it on a shortest way."""

    distance: int
    via: EndOut


class ImpactOut(BaseModel):
    """The nodes around one, the nearest first; `truncated` where there are more than asked for."""

    root: NodeOut
    direction: Direction
    depth: int
    nodes: list[ReachedOut]
    truncated: bool


class EdgesOut(BaseModel):
    """The edges at one node, both ways; `truncated` where there are more than 1,000 one way."""

    depends_on: list[DependencyOut]
    needed_by: list[DependencyOut]
    truncated: bool


async def around(
    table: Table, reference: str, ctx: Call, db: Db, direction: Direction, depth: int, limit: int
) -> Response:
    """The same for both kinds."""
    asked = impact.Asked(direction, depth, limit)
    return Response(to_json(await impact.impact(db, ctx, table, reference, asked)), media_type=JSON)


@router.get(
    "/configuration-items/{reference}/impact",
    operation_id="read_configuration_item_impact",
    response_model=ImpactOut,
)
async def read_configuration_item_impact(
    reference: str, ctx: Call, db: Db, direction: Direction = "upstream", depth: Depth = 5, limit: Most = 1000
) -> Response:
    """Upstream: what needs the item, up to the services. Downstream: what it needs."""
    return await around(configuration_item, reference, ctx, db, direction, depth, limit)


@router.get("/services/{reference}/impact", operation_id="read_service_impact", response_model=ImpactOut)
async def read_service_impact(
    reference: str, ctx: Call, db: Db, direction: Direction = "upstream", depth: Depth = 5, limit: Most = 1000
) -> Response:
    """Upstream: what needs the service. Downstream: what it needs."""
    return await around(service, reference, ctx, db, direction, depth, limit)


@router.get(
    "/configuration-items/{reference}/dependencies",
    operation_id="read_configuration_item_dependencies",
    response_model=EdgesOut,
)
async def read_configuration_item_dependencies(reference: str, ctx: Call, db: Db) -> Response:
    """Its edges, both ways: what it depends on, and what needs it."""
    return Response(await impact.dependencies(db, ctx, configuration_item, reference), media_type=JSON)


@router.get(
    "/services/{reference}/dependencies", operation_id="read_service_dependencies", response_model=EdgesOut
)
async def read_service_dependencies(reference: str, ctx: Call, db: Db) -> Response:
    """Its edges, both ways: what it depends on, and what needs it."""
    return Response(await impact.dependencies(db, ctx, service, reference), media_type=JSON)

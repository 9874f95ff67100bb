"""The graph around a service or an item as a drawing."""

from base64 import b64encode
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from itsm_chassis.http.deps import Call, Db
from starlette.responses import Response

from itsm_catalog.queries.maps import drawn
from itsm_catalog.rules.map_drawing import STYLE
from itsm_catalog.tables import configuration_item, service
from itsm_catalog.tables.graph import Direction

SVG: Final = "image/svg+xml"
STYLE_HASH: Final = b64encode(sha256(STYLE.encode()).digest()).decode()
OWN_STYLE: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'"
}
DRAWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The drawing.", "content": {SVG: {"schema": {"type": "string"}}}}
}
Steps = Annotated[int, Query(ge=1, le=50, description="Steps away at most")]

router = APIRouter(prefix="/v1", tags=["dependencies"])


@router.get(
    "/services/{reference}/map.svg",
    operation_id="draw_service",
    response_class=Response,
    responses=DRAWN,
)
async def draw_service(
    reference: str, ctx: Call, db: Db, direction: Direction = "downstream", depth: Steps = 10
) -> Response:
    """A service and what it needs, or what needs it: the nearest 200, each linked to its record."""
    return Response(await drawn(db, ctx, service, reference, direction, depth), 200, OWN_STYLE, SVG)


@router.get(
    "/configuration-items/{reference}/map.svg",
    operation_id="draw_configuration_item",
    response_class=Response,
    responses=DRAWN,
)
async def draw_configuration_item(
    reference: str, ctx: Call, db: Db, direction: Direction = "downstream", depth: Steps = 10
) -> Response:
    """An item and what it needs, or what needs it: the nearest 200, each linked to its record."""
    return Response(
        await drawn(db, ctx, configuration_item, reference, direction, depth), 200, OWN_STYLE, SVG
    )

"""Orders: a cart of up to 20 items under one number."""

from typing import Final

from fastapi import APIRouter, Request
from itsm_chassis.auth.permissions import is_staff
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Listing, Page
from itsm_chassis.http.respond import card, respond
from starlette.responses import Response

from itsm_catalog.api.requests_in import NewOrder
from itsm_catalog.api.requests_out import OrderOut
from itsm_catalog.commands.requests import ordering
from itsm_catalog.tables import service_order
from itsm_catalog.tables.request_sight import find_order, ordered

LISTING: Final = Listing(
    service_order,
    filters=("number", "requester", "ordered_at"),
    sorts=("ordered_at", "number"),
    scopes={"own": ordered},
    default_sort="-ordered_at",
)

router = APIRouter(prefix="/v1/orders", tags=["orders"])


@router.post("", operation_id="place_order", status_code=201, response_model=OrderOut)
async def place_order(body: NewOrder, ctx: Call, db: Db) -> Response:
    """Each item becomes a request of its own, all of them or none. Errors point into the item, such as
    /items/0/answers/colour.
    """
    return respond(await ordering.order(db, ctx, [item.item() for item in body.items], body.comment))


@router.get("/{reference}", operation_id="read_order", response_model=OrderOut)
async def read_order(reference: str, ctx: Call, db: Db) -> Response:
    """By its id or its number (ORD-000123)."""
    return card(await find_order(db, ctx, reference))


@router.get(
    "",
    operation_id="list_orders",
    response_model=Page[OrderOut],
    openapi_extra={"parameters": LISTING.parameters},
)
async def list_orders(request: Request, ctx: Call, db: Db) -> Response:
    """Newest first by default; requesters find their own, and those with a request that they see."""
    return await LISTING.page(db, ctx, request, scope=None if is_staff(ctx.roles) else "own")

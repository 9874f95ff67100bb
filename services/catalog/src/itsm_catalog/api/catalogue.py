"""The catalogue: what the caller can order now."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from itsm_chassis.auth.permissions import ADMIN
from itsm_chassis.errors import Forbidden
from itsm_chassis.http import cursor as cursors
from itsm_chassis.http.deps import Call, Db
from itsm_chassis.http.listing import Page, answer
from itsm_chassis.http.paging import After, Limit
from itsm_chassis.store.context import Context
from pydantic import BaseModel
from starlette.responses import Response

from itsm_catalog.api.key import Key
from itsm_catalog.api.permissions import DESIGN
from itsm_catalog.queries.catalogue import Wanted, page

router = APIRouter(prefix="/v1/catalogue", tags=["offerings"])

Search = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=500,
        description="Words, each by its beginning, in name, category, service or description",
    ),
]
Category = Annotated[str | None, Query(min_length=1, max_length=200)]
Everything = Annotated[
    bool, Query(description="Also what the caller cannot order, for those who design the catalogue")
]


async def asked_for(request: Request) -> Request:
    """The request, asked for in a way that leaves it to the door to refuse parameters that are unknown."""
    return request


Asked = Annotated[Request, Depends(asked_for)]


class CatalogueItem(BaseModel):
    """An offering that can be ordered; its form is at /v1/offerings/{id}.

    - approved_by: the groups that are asked, step by step
    - entitled: whether the caller may order it; false only where `all=true` was asked for
    """

    id: UUID
    key: str
    version: int
    name: str
    service: str
    description: str | None
    category: str | None
    price: float | None
    currency: str | None
    delivery_time_s: int | None
    approved_by: list[str]
    service_name: str
    entitled: bool


@router.get("", operation_id="search_catalogue", response_model=Page[CatalogueItem])
async def search_catalogue(
    asked: Asked,
    ctx: Call,
    db: Db,
    q: Search = None,
    service: Annotated[Key | None, Query()] = None,
    category: Category = None,
    all: Everything = False,  # noqa: A002  # the parameter's name in the address
    limit: Limit = 50,
    cursor: After = None,
) -> Response:
    """Offerings of services that are live or retiring, for the caller's roles and business unit: the best
    matches first, or by name where nothing is searched for.
    """
    if all and ctx.roles.isdisjoint(DESIGN | {ADMIN}):
        raise Forbidden(
            "forbidden", f"all=true needs one of the roles {', '.join(sorted(DESIGN | {ADMIN}))}."
        )
    wanted = Wanted(q, service, category, all)
    key: bytes = asked.app.state.cursor_key
    about = question(ctx, wanted)
    start = cursors.unseal(key, about, cursor) if cursor is not None else None
    items, place = await page(db, ctx, wanted, limit, (start[0], start[1], start[2]) if start else None)
    return answer(items, cursors.seal(key, about, list(place)) if place else None, None, asked)


def question(ctx: Context, wanted: Wanted) -> str:
    """What a cursor is bound to: who asks for what."""
    return repr(("catalogue", ctx.tenant, ctx.actor, sorted(ctx.roles), wanted))

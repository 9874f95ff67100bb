"""An HTTP service small enough to test the front door with: widgets, and tokens that are just names."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import httpx2
from fastapi import APIRouter, FastAPI, Query, Request
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.errors import Forbidden, Missing, Refused, Stale, Unavailable
from itsm_chassis.http.app import build
from itsm_chassis.http.body import StrictModel
from itsm_chassis.http.deps import Call, Db, Versioned
from itsm_chassis.http.respond import card, respond
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.records import Card
from starlette.responses import Response

WIDGET = "/v1/widgets/0190f3d0-0000-7000-8000-000000000001"
AGENTS = frozenset({"agent"})
PERMISSIONS = {
    "create_widget": AGENTS,
    "read_widget": AGENTS | {"requester"},
    "patch_widget": AGENTS,
    "import_widgets": frozenset({"service"}),
    "fail_widget": AGENTS,
    "poke_widget": AGENTS,
}


class Size(StrEnum):
    """As priorities are: a closed set of words."""

    SMALL = "small"
    LARGE = "large"


class Part(StrictModel):
    """A nested body."""

    name: str
    fitted_at: datetime | None = None


class NewWidget(StrictModel):
    """One field of every kind that bodies have."""

    title: str
    size: Size = Size.SMALL
    count: int = 0
    weight: float | None = None
    fragile: bool = False
    owner: UUID | None = None
    made_at: datetime | None = None
    parts: tuple[Part, ...] = ()
    type: str | None = None
    extra: dict[str, Any] | None = None


class WidgetPatch(StrictModel):
    """A merge patch."""

    title: str | None = None


class Widget(StrictModel):
    """What is answered."""

    id: UUID
    title: str


seen: list[tuple[Context, Any]] = []
"""What the handlers were given, newest last."""

ERRORS: dict[str, Exception] = {
    "missing": Missing("widget"),
    "refused": Refused("wrong_state", "The widget is broken already."),
    "forbidden": Forbidden("not_yours", "Only its owner may."),
    "stale": Stale(8),
    "unavailable": Unavailable("PostgreSQL does not answer."),
    "bug": RuntimeError("secret detail"),
}

router = APIRouter(prefix="/v1/widgets")


@router.post("", operation_id="create_widget", status_code=201, response_model=Widget)
async def create_widget(body: NewWidget, ctx: Call, db: Db) -> Response:
    """Remember what came in."""
    assert isinstance(db, Database)
    seen.append((ctx, body))
    return respond(Answer(201, '{"id":"1"}', 1, f"{WIDGET}"))


@router.get("/{widget_id}", operation_id="read_widget", response_model=Widget)
async def read_widget(widget_id: UUID, ctx: Call, depth: int = Query(1, ge=1, le=9)) -> Response:
    """One widget."""
    seen.append((ctx, depth))
    return card(Card(7, f'{{"id":"{widget_id}"}}'))


@router.patch("/{widget_id}", operation_id="patch_widget", response_model=Widget)
async def patch_widget(widget_id: UUID, body: WidgetPatch, ctx: Versioned) -> Response:
    """Change it."""
    seen.append((ctx, body))
    return respond(Answer(200, f'{{"id":"{widget_id}"}}', 8, replayed=False))


@router.post(":import", operation_id="import_widgets")
async def import_widgets(request: Request, ctx: Call) -> Response:
    """Count the bytes of a body of any size."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    seen.append((ctx, size))
    return Response(str(size))


@router.post("/{widget_id}/fail", operation_id="fail_widget")
async def fail_widget(
    widget_id: UUID, how: Literal["missing", "refused", "forbidden", "stale", "unavailable", "bug"]
) -> Response:
    """Fail as asked."""
    raise ERRORS[how]


@router.post("/{widget_id}/poke", operation_id="poke_widget")
async def poke_widget(widget_id: UUID, ctx: Call) -> Response:
    """Takes no body."""
    seen.append((ctx, widget_id))
    return respond(Answer(200, "{}", replayed=True))


class Tokens:
    """`acme.anna.agent` is anna of acme, an agent; `down` finds the issuer away."""

    def known(self, _token: str) -> Principal | None:
        """Nothing is remembered."""
        return None

    async def verify(self, token: str) -> Principal:
        """Read the name."""
        if token == "down":
            raise Unavailable("The keys cannot be read.")
        match token.split("."):
            case [tenant, subject, role]:
                return Principal(subject, tenant, frozenset({role}))
        raise Unauthenticated("The token has expired. Get a new one.")


class Ready:
    """Health as told."""

    state: Literal["ready", "degraded"] | None = "ready"

    async def ready(self) -> Literal["ready", "degraded"] | None:
        """What the test set."""
        return self.state

    async def refresh(self) -> None:
        """No gauge needs reading."""


def widgets(**changes: Any) -> FastAPI:
    """The toy, on a database that is never asked unless a test brings one."""
    settings: dict[str, Any] = {
        "title": "Widgets",
        "description": "A toy.",
        "version": "1.2.3",
        "routers": [router],
        "permissions": PERMISSIONS,
        "db": Database("postgresql://nowhere/none"),
        "verifier": Tokens(),
        "health": Ready(),
    }
    return build(**{**settings, **changes})


@asynccontextmanager
async def client(app: FastAPI, bearer: str | None = "acme.anna.agent") -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the app in this process; an exception of the app fails the test."""
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://widgets", headers=headers) as made:
        yield made


Make = Callable[..., FastAPI]

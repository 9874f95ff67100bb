"""Is it alive, can it serve, and what does it count: open to anybody who reaches the port."""

from typing import Literal, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Health(Protocol):
    """Knows whether the service can do its work."""

    async def ready(self) -> Literal["ready", "degraded"] | None:
        """None: not able to serve; degraded: serves, but what it says to the bus has to wait."""
        ...

    async def refresh(self) -> None:
        """Bring the gauges up to date, at the moment of a scrape."""
        ...


async def livez(_request: Request) -> Response:
    """The process runs and its event loop turns."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> Response:
    """200 once migrated and PostgreSQL answers, 503 otherwise."""
    health: Health = request.app.state.health
    state = await health.ready()
    return JSONResponse({"status": state or "unavailable"}, 200 if state else 503)


async def metrics(request: Request) -> Response:
    """Prometheus text format."""
    health: Health = request.app.state.health
    await health.refresh()
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def routes() -> list[Route]:
    """The three, fresh for each app."""
    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]

"""Running a service's process: HTTP and its workers together, or either alone."""

import asyncio
import gc
import signal
from contextlib import AsyncExitStack
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI

from itsm_chassis.auth.tokens import Verifier
from itsm_chassis.http.app import build
from itsm_chassis.http.live import Live
from itsm_chassis.run.health import Health
from itsm_chassis.run.service import Service
from itsm_chassis.run.settings import Settings
from itsm_chassis.run.worker import working
from itsm_chassis.store.database import Database

DRAIN_S = 8
CONCURRENCY = 1000

log = structlog.get_logger(__name__)


def application(
    service: Service, settings: Settings, db: Database, health: Health, *, routes: bool = True
) -> FastAPI:
    """The ASGI application; without `routes` only health and metrics, for a process that just works."""
    return build(
        title=service.title,
        description=service.description,
        version=service.version,
        routers=service.routers if routes else (),
        permissions=service.permissions,
        db=db,
        verifier=Verifier(
            issuer=settings.jwt_issuer, audience=settings.jwt_audience, jwks_url=settings.jwks_url
        ),
        health=health,
        cursor_key=settings.cursor_key,
        feed_scope=service.feed_scope,
        links=service.links(settings, db) if service.links else None,
        site=service.site(settings) if service.site else None,
    )


class Server(uvicorn.Server):
    """uvicorn, with SIGTERM and SIGINT handled the same way: stop accepting, drain, return."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        """`live` holds the event streams, which would otherwise last as long as their listeners like."""
        super().__init__(config)
        self._live = live

    def handle_exit(self, _sig: int, frame: Any) -> None:
        """A second SIGINT does not cut off requests: the launcher kills after its own bound."""
        self._live.close()
        super().handle_exit(signal.SIGTERM, frame)

    async def serve(self, sockets: Any = None) -> None:
        """Serve until a signal; do not raise the signal again, so the exit status is 0."""
        with self.capture_signals():
            await self._serve(sockets)
            self._captured_signals.clear()


async def run(service: Service, settings: Settings, *, http: bool = True, work: bool = True) -> None:
    """Serve until SIGTERM; drains within 8 seconds."""
    db = Database(settings.database_url, size=settings.database_connections)
    health = Health(db, service.package)
    app = application(service, settings, db, health, routes=http)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="asyncio",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        date_header=True,
        timeout_graceful_shutdown=DRAIN_S,
        limit_concurrency=CONCURRENCY,
        timeout_keep_alive=30,
    )
    await db.open()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        if work:
            await stack.enter_async_context(working(service, settings, db, health, beside_http=http))
        log.info("serving", host=settings.host, port=settings.port, http=http, work=work)
        gc.collect()
        gc.freeze()
        await Server(config, app.state.live).serve()
    log.info("stopped")


def start(service: Service, settings: Settings, **parts: bool) -> int:
    """Run to the end; the process's exit status."""
    asyncio.run(run(service, settings, **parts))
    return 0

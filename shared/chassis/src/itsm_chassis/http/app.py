"""The HTTP side of a service, put together."""

from collections.abc import Sequence
from copy import copy
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from itsm_chassis.auth import permissions as table
from itsm_chassis.auth.links import Links
from itsm_chassis.auth.permissions import Permissions
from itsm_chassis.auth.tokens import Checks
from itsm_chassis.http import failures, feed, openapi
from itsm_chassis.http.door import door_of
from itsm_chassis.http.front import Front
from itsm_chassis.http.health import Health
from itsm_chassis.http.health import routes as health_routes
from itsm_chassis.http.live import Live
from itsm_chassis.http.site import Site
from itsm_chassis.store.database import Database

REQUESTER = frozenset({"requester"})
"""Sees only what a `feed_scope` shows, so without one it does not read the feed at all."""

NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own OpenTelemetry stays off: it costs a tenth of a request; traceparent is kept without it."""


def build(
    *,
    title: str,
    description: str,
    version: str,
    routers: Sequence[APIRouter],
    permissions: Permissions,
    db: Database,
    verifier: Checks,
    health: Health,
    cursor_key: bytes | None = None,
    feed_scope: feed.FeedScope | None = None,
    links: Links | None = None,
    site: Site | None = None,
) -> FastAPI:
    """The ASGI app. Raises LookupError where an operation has no row in `permissions`.

    `cursor_key` signs list cursors; replicas of a service must share it. By default it is derived
    from the database's address, which they share anyway. `feed_scope` narrows `GET /v1/events`, which
    every service with routers has. `links` checks signed links, for operations that ask for `Linked`.
    `site` opens the sessions of pages, which are operations that ask for `SignedIn`.
    On shutdown call `app.state.live.close()`, so that streams end.

    No /docs page: FastAPI's loads its scripts from a public CDN, which neither the
    Content-Security-Policy nor a network without a way out allows. /openapi.json is served.
    """
    app = openapi.Documented(
        title=title,
        description=description,
        version=version,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    app.state.db = db
    app.state.health = health
    app.state.links = links
    app.state.dress = site.dress if site else None
    app.state.live = Live(db)
    app.state.cursor_key = cursor_key or sha256(b"cursor\n" + db.url.encode()).digest()
    readers = table.ROLES if feed_scope else table.ROLES - REQUESTER
    rows = {"read_events": readers, **permissions}
    app.router.routes.extend(health_routes())
    app.router.routes.extend(site.routes if site and routers else ())
    served = [*routers, feed.router(feed_scope, app.state.live)] if routers else []
    for router in served:
        app.router.routes.extend(guarded(route, rows, verifier, links, site) for route in router.routes)
    failures.install(app)
    app.add_middleware(Front)
    return app


def guarded(
    route: Any,
    permissions: Permissions,
    verifier: Checks,
    links: Links | None = None,
    site: Site | None = None,
) -> APIRoute:
    """A copy of the route behind its door; a router may be built into several apps."""
    if not isinstance(route, APIRoute):
        raise TypeError(
            f"{route!r} is no plain operation. Hand each router to build() itself, not included in another."
        )
    allowed = table.row(permissions, route.unique_id)
    behind = copy(route)
    behind.app = door_of(route, verifier, allowed, links, site.vault if site else None)
    return behind

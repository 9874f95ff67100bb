"""Pages beside the operations: what a service brings that is also looked at with a browser."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request, cookie_parser
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from itsm_chassis import clock
from itsm_chassis.auth.principal import Principal, Unauthenticated
from itsm_chassis.auth.vault import SESSION, Vault
from itsm_chassis.errors import Forbidden
from itsm_chassis.http.incoming import Headers

SAFE = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Site:
    """`dress` makes of a problem what a browser shows; `routes` need nobody signed in (sign-in, styles)."""

    vault: Vault
    routes: Sequence[BaseRoute]
    dress: Callable[[Request, Response], Response]


def dressed(request: Request, problem: Response) -> Response:
    """The problem as it is, or as the service's pages show it."""
    dress = getattr(getattr(request.scope.get("app"), "state", None), "dress", None)
    return dress(request, problem) if dress else problem


def visitor(vault: Vault, scope: Scope, headers: Headers) -> Principal:
    """Who is signed in. A browser sends its cookies whoever made it ask, so a write must come from our own
    pages.
    """
    given = cookie_parser(headers.get(b"cookie", b"").decode("latin-1")).get(SESSION)
    if given is None:
        raise Unauthenticated("Sign in first.", missing=True)
    principal = vault.open_session(given, clock.now().timestamp())
    if principal is None:
        raise Unauthenticated("You were signed in for as long as that lasts. Sign in again.")
    if scope["method"] not in SAFE and not same_origin(headers):
        raise Forbidden("other_origin", "This was sent from a page of another site, so nothing was done.")
    return principal


def same_origin(headers: Headers) -> bool:
    """Whether the browser says that one of our own pages asks."""
    said = headers.get(b"sec-fetch-site")
    if said is not None:
        return said == b"same-origin"
    host = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
    return bool(host) and host == headers.get(b"host", b"").decode("latin-1")

"""The outermost layer: ids, security headers, a log line and a measurement per request, the last resort."""

import time

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from itsm_chassis.http import measures, problem
from itsm_chassis.http.site import dressed
from itsm_chassis.http.trace import TRACE, Trace, begin

DEFAULT_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
"""Of every response that does not say it itself, as a drawing does that brings its style."""

CLIENT_LEFT = 499
"""What is logged, and never sent, where the client went away first."""

MAX_HEADER_BYTES = 32 * 1024
"""The parser below has no bound of its own."""

UNMATCHED = "unmatched"
QUIET = frozenset({"/livez", "/readyz", "/metrics"})

log = structlog.get_logger("itsm.http")


class Exchange:
    """One request and its response, on their way through."""

    __slots__ = ("_send", "_trace", "status")

    def __init__(self, send: Send, trace: Trace) -> None:
        """`status` stays `CLIENT_LEFT` until a response has begun."""
        self._send = send
        self._trace = trace
        self.status = CLIENT_LEFT

    async def send(self, message: Message) -> None:
        """Pass a message on; the response's start gets the headers that all responses have."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            own = {name for name, _ in headers}
            headers += [header for header in DEFAULT_HEADERS if header[0] not in own]
            headers.append((b"x-request-id", self._trace.request_id.encode()))
            message["headers"] = headers
        await self._send(message)


class Front:
    """Pure ASGI, wrapped around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` is all the rest."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; an exception that nobody else turned into an answer becomes a 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        trace = scope[TRACE] = self._trace(scope)
        structlog.contextvars.bind_contextvars(request_id=trace.request_id, trace_id=trace.trace_id)
        exchange = Exchange(send, trace)
        try:
            if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
                await problem.of(too_many_headers(), trace.trace_id)(scope, receive, exchange.send)
            else:
                await self._app(scope, receive, exchange.send)
        except Exception:
            if exchange.status != CLIENT_LEFT:
                raise  # the response has begun: the server must cut the connection, and logs why
            log.exception("unhandled_error", method=scope["method"], path=printable(scope["path"]))
            response = dressed(Request(scope), problem.internal(trace.trace_id))
            await response(scope, receive, exchange.send)
        finally:
            self._record(scope, exchange.status, time.perf_counter() - began)

    def _trace(self, scope: Scope) -> Trace:
        traceparent = request_id = None
        for name, value in scope["headers"]:
            if name == b"traceparent":
                traceparent = value.decode("latin-1")
            elif name == b"x-request-id":
                request_id = value.decode("latin-1")
        return begin(traceparent, request_id)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"]
        route = getattr(scope.get("route"), "path_format", None) or (
            path if "endpoint" in scope else UNMATCHED
        )
        measures.observe(scope["method"], route, status, seconds)
        say = log.debug if route in QUIET else log.info
        say(
            "request",
            method=scope["method"],
            path=printable(path),
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
        )


def too_many_headers() -> problem.Rejected:
    """431: nothing that a client of ours sends comes near it."""
    detail = f"The request's headers are larger than {MAX_HEADER_BYTES} bytes."
    return problem.Rejected(431, "headers_too_large", detail)


def printable(path: str) -> str:
    """A path that can forge no log line."""
    return path if path.isprintable() else path.encode("unicode_escape").decode()

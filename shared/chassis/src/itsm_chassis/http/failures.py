"""Every exception that a request may end in, as the problem that the client is told."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from itsm_chassis.errors import FieldError, Invalid, SuiteError
from itsm_chassis.http import problem
from itsm_chassis.http.site import dressed
from itsm_chassis.http.trace import TRACE

DETAILS = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method; Allow lists those that it takes."),
}


def trace_id(request: Request) -> str:
    """The trace id that the front gave this request."""
    return str(request.scope[TRACE].trace_id)


async def suite_error(request: Request, error: SuiteError) -> Response:
    """An error of ours, by its class."""
    return dressed(request, problem.of(error, trace_id(request)))


async def invalid_request(request: Request, error: RequestValidationError) -> Response:
    """What FastAPI and pydantic find wrong: 422 with a pointer, or a parameter's name, for each finding."""
    found = findings(error.errors())
    detail = f"The request has {len(found)} error{'s' if len(found) != 1 else ''}; see errors."
    return dressed(request, problem.of(Invalid("invalid_request", detail, found), trace_id(request)))


async def http_error(request: Request, error: HTTPException) -> Response:
    """What the router itself answers: 404 and 405."""
    code, detail = DETAILS.get(error.status_code, ("http_error", str(error.detail)))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request))
    found = problem.problem(error.status_code, code, detail, trace_id=trace_id(request), headers=headers)
    return dressed(request, found)


def allowed_methods(request: Request) -> list[str]:
    """The methods of all routes that match this path, not only of the first that does."""
    allowed: set[str] = set()
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            allowed |= route.methods or set()
    return sorted(allowed)


def findings(errors: Sequence[dict[str, Any]]) -> tuple[FieldError, ...]:
    """Pydantic's errors as ours, without the input that they quote."""
    return tuple(
        FieldError(pointer(error["loc"]), error["type"], error["msg"].removeprefix("Value error, "))
        for error in errors[: problem.SHOWN_ERRORS]
    )


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer for the body, the name alone for a path, query or header parameter."""
    source, *steps = location
    if source != "body":
        return str(steps[0]) if steps else str(source)
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    SuiteError: suite_error,
    RequestValidationError: invalid_request,
    HTTPException: http_error,
}


def install(app: FastAPI) -> None:
    """Answer each of these by its handler."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)

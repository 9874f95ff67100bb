"""The short way to a plain handler.

Most operations take path parameters, at most one JSON body, and what `deps` offers. For these the
door has done nearly all that FastAPI would do again: this calls the handler with the same values,
validated by FastAPI's own fields, at about a third of the cost. Anything less plain (query
parameters, other dependencies, an optional body, an answer that is no Response) goes FastAPI's way.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.params import Body, Form
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from itsm_chassis.http import deps

BODY = "itsm.body"
"""Where the door leaves the parsed JSON body in the ASGI scope; absent where none came."""

NO_BODY = {"type": "missing", "loc": ("body",), "msg": "Field required", "input": None}

PLAIN = frozenset({deps.call, deps.versioned, deps.database})


@dataclass(frozen=True)
class Straight:
    """An ASGI app that calls one plain handler."""

    endpoint: Callable[..., Awaitable[Response]]
    paths: tuple[Any, ...]
    body: Any | None
    contexts: tuple[str, ...]
    databases: tuple[str, ...]
    request: str | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Validate, call, respond; raises RequestValidationError with every finding."""
        values: dict[str, Any] = {}
        errors: list[Any] = []
        for field in self.paths:
            given = scope["path_params"][field.alias]
            values[field.name], found = field.validate(given, {}, loc=("path", field.alias))
            errors += found
        if self.body is not None:
            if BODY in scope:
                values[self.body.name], found = self.body.validate(scope[BODY], {}, loc=("body",))
                errors += found
            else:
                errors.append(NO_BODY)
        if errors:
            raise RequestValidationError(errors)
        for name in self.contexts:
            values[name] = scope[deps.CONTEXT]
        for name in self.databases:
            values[name] = scope["app"].state.db
        if self.request is not None:
            values[self.request] = Request(scope, receive, send)
        response = await self.endpoint(**values)
        await response(scope, receive, send)


def straight(route: APIRoute) -> Straight | None:
    """The short way, or None where the handler is not plain enough for it."""
    wants = route.dependant
    subs = wants.dependencies
    others = (
        wants.query_params,
        wants.header_params,
        wants.cookie_params,
        wants.background_tasks_param_name,
        wants.response_param_name,
        wants.http_connection_param_name,
        wants.security_scopes_param_name,
    )
    if any(others) or any(sub.call not in PLAIN or sub.name is None for sub in subs) or not plain_body(route):
        return None
    answer = inspect.signature(route.endpoint, eval_str=True).return_annotation
    if not (
        inspect.iscoroutinefunction(route.endpoint)
        and isinstance(answer, type)
        and issubclass(answer, Response)
    ):
        return None
    return Straight(
        route.endpoint,
        tuple(wants.path_params),
        wants.body_params[0] if wants.body_params else None,
        tuple(str(sub.name) for sub in subs if sub.call is not deps.database),
        tuple(str(sub.name) for sub in subs if sub.call is deps.database),
        wants.request_param_name,
    )


def plain_body(route: APIRoute) -> bool:
    """No body, or one whole JSON body that must be there."""
    fields = route.dependant.body_params
    if not fields:
        return True
    info = fields[0].field_info
    return len(fields) == 1 and isinstance(info, Body) and not isinstance(info, Form) and info.is_required()

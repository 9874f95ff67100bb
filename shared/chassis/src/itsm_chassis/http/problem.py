"""Errors as RFC 9457 problems: the one shape in which a service says no."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from itsm_chassis.auth.principal import Unauthenticated
from itsm_chassis.errors import (
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    Missing,
    Refused,
    Stale,
    SuiteError,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "2"
SHOWN_ERRORS = 50

STATUS: dict[type[SuiteError], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    Missing: 404,
    Refused: 409,
    Gone: 410,
    Stale: 412,
    Invalid: 422,
    Unavailable: 503,
}


class Rejected(SuiteError):
    """Refused by the HTTP layer itself, before any rule was asked; it carries its own status."""

    def __init__(
        self, status: int, code: str, detail: str, errors: tuple[FieldError, ...] = (), **headers: str
    ) -> None:
        """`headers` go onto the response, an underscore in a name standing for a dash."""
        super().__init__(code, detail, errors)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class ProblemError(BaseModel):
    """One finding about the request."""

    pointer: str = Field(description="JSON pointer into the body, or the name of a parameter or header")
    code: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it; `code` is stable and meant for programs."""

    model_config = ConfigDict(title="Problem")

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemError]
    trace_id: str


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    *,
    trace_id: str,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """A problem as a response, `extra` members behind the usual ones; at most 50 findings are shown."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "errors": [
            {"pointer": e.pointer, "code": e.code, "message": e.message} for e in errors[:SHOWN_ERRORS]
        ],
        "trace_id": trace_id,
        **(extra or {}),
    }
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)


def of(error: SuiteError, trace_id: str) -> Response:
    """The problem that states an error of ours."""
    headers: dict[str, str] = {}
    status = error.status if isinstance(error, Rejected) else status_of(type(error))
    if isinstance(error, Rejected):
        headers |= error.headers
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = challenge(error)
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER_S
    return problem(
        status, error.code, error.detail, error.errors, trace_id=trace_id, headers=headers, extra=error.extra
    )


def status_of(kind: type[SuiteError]) -> int:
    """The status of an error class, or of the nearest class that it derives from."""
    return next((STATUS[base] for base in kind.__mro__ if base in STATUS), 500)


def challenge(error: Unauthenticated) -> str:
    """WWW-Authenticate per RFC 6750; no error code where no token came."""
    if error.missing:
        return 'Bearer realm="itsm"'
    return f'Bearer realm="itsm", error="invalid_token", error_description="{error.detail}"'


def internal(trace_id: str) -> Response:
    """What a client is told of an error that nobody foresaw: nothing but the id to look for in the log."""
    return problem(
        500,
        "internal_error",
        "Something went wrong inside the service. Its log says what, under this trace id.",
        trace_id=trace_id,
    )

"""What calendars and policies have in common: they come in versions."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from fastapi import Request
from itsm_chassis.http.conditions import expected_version
from itsm_chassis.store.context import Context
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.responses import Response

IF_MATCH: Final = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "required": False,
            "description": "The ETag of the latest version, or *; none for the first.",
            "schema": {"type": "string"},
        }
    ]
}


class Version(BaseModel):
    """One of the versions that there are."""

    version: int
    valid_from: datetime
    issued_at: datetime
    retired: bool


def succession(request: Request, ctx: Context) -> tuple[Context, bool]:
    """The context with the version of If-Match, and whether one was sent."""
    given = request.headers.get("if-match")
    if given is None:
        return ctx, False
    return replace(ctx, expected=expected_version(given)), True


def listed(versions: list[dict[str, Any]]) -> Response:
    """All versions; there are never so many as to need pages."""
    return Response(to_json({"items": versions}), media_type="application/json")

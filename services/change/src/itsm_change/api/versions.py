"""What is issued in versions: If-Match names the one that the next one follows."""

from dataclasses import replace
from typing import Final

from fastapi import Request
from itsm_chassis.http.conditions import expected_version
from itsm_chassis.store.context import Context

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


def succession(request: Request, ctx: Context) -> tuple[Context, bool]:
    """The context with the version of If-Match, and whether one was sent."""
    given = request.headers.get("if-match")
    if given is None:
        return ctx, False
    return replace(ctx, expected=expected_version(given)), True

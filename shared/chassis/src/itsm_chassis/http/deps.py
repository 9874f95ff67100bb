"""What a handler asks for: who calls and under which conditions, and the database."""

from typing import Annotated, cast

from fastapi import Depends, Request

from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

CONTEXT = "itsm.context"
"""Where the door leaves the Context in the ASGI scope."""


async def call(request: Request) -> Context:
    """The context that the door made; every operation has one, whether it asks or not."""
    return cast("Context", request.scope[CONTEXT])


async def versioned(request: Request) -> Context:
    """The same; that an operation asks for this one makes the door demand If-Match."""
    return cast("Context", request.scope[CONTEXT])


async def linked(request: Request) -> Context:
    """The same; that an operation asks for this one makes the door take a signed link, `?token=`, instead of
    a bearer token.
    """
    return cast("Context", request.scope[CONTEXT])


async def signed_in(request: Request) -> Context:
    """The same; that an operation asks for this one makes it a page: the door takes the session's cookie
    instead of a bearer token.
    """
    return cast("Context", request.scope[CONTEXT])


async def database(request: Request) -> Database:
    """This service's database."""
    return cast("Database", request.app.state.db)


Call = Annotated[Context, Depends(call)]
Versioned = Annotated[Context, Depends(versioned)]
Linked = Annotated[Context, Depends(linked)]
SignedIn = Annotated[Context, Depends(signed_in)]
Db = Annotated[Database, Depends(database)]

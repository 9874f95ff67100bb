"""A database as it is at one moment: whatever is asked of it meanwhile is answered from one snapshot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from itsm_chassis.store.database import Database

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection


class Snapshot(Database):
    """A database that has one connection, in a transaction that somebody else ends."""

    def __init__(self, connection: "Connection[Any]") -> None:
        """Ask this connection."""
        super().__init__("")
        self._connection = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection[Any]"]:
        """The same one each time."""
        yield self._connection


@asynccontextmanager
async def snapshot(db: Database) -> AsyncIterator[Snapshot]:
    """The database at this moment; read only."""
    async with (
        db.connection() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield Snapshot(connection)

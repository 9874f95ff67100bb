"""A transaction that others have to wait for, and who waits: races that always happen in the same order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.store.database import Database
from support.eventually import until

if TYPE_CHECKING:
    import asyncio

WAITING: Final = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'"""


class Standstill:
    """What stands still as long as the transaction is open."""

    def __init__(self, db: Database) -> None:
        """Nobody waits yet."""
        self._db = db

    async def waited_for(self, tasks: "list[asyncio.Task[Any]]") -> None:
        """Until as many wait as there are tasks that have not ended."""

        async def all_wait() -> bool:
            left = sum(not task.done() for task in tasks)
            return bool(left <= await self._db.fetchval(WAITING))

        await until(all_wait)


@asynccontextmanager
async def standstill(db: Database, statement: str, *args: object) -> AsyncIterator[Standstill]:
    """Hold what the statement locks; what it has changed is stored at the end."""
    async with db.transaction() as conn:
        await conn.execute(statement, *args)
        yield Standstill(db)

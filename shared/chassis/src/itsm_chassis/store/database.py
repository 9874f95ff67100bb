"""The pool of connections to this service's own PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog
from asyncpg.pool import PoolConnectionProxy

from itsm_chassis.errors import Unavailable

Connection = PoolConnectionProxy

log = structlog.get_logger(__name__)

POOL_WAIT_S = 3.0
COMMAND_TIMEOUT_S = 10.0
SETTINGS = {
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "60000",
    "timezone": "UTC",
    "jit": "off",  # compiling a statement takes longer than any of ours runs
}

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,
    asyncpg.DiskFullError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""What asyncpg raises when PostgreSQL is away, starting, stopping, full, silent or lets nobody in."""


def away(error: BaseException) -> bool:
    """Whether the fault is PostgreSQL's absence and not the statement's.

    A connection that is cut while a statement is being prepared leaves the driver in the middle of a
    step: it then speaks of its own state, in an InternalClientError.
    """
    closed = type(error) is asyncpg.InterfaceError and ("clos" in str(error) or "in progress" in str(error))
    return closed or isinstance(error, (*AWAY, asyncpg.InternalClientError))


RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""40001 and 40P01: nothing is wrong with the work, only with its moment."""


async def keep_session(_connection: Any) -> None:
    """No reset on release: nothing here changes a session, and a reset is one more round trip."""


class Database:
    """A lazy pool. PostgreSQL may be away when the service starts; a use of it then raises `Unavailable`.

    `observe` is called with each statement's text (tests count them). `committed` is set after each
    commit that filled the outbox, so that a relay in the same process need not poll. `in_flight` holds
    the requests under an Idempotency-Key that this process is carrying out.
    """

    def __init__(self, url: str, *, size: int = 10, observe: Callable[[str], None] | None = None) -> None:
        """Remember where to connect; `size` is the most connections at once."""
        self.url = url
        self.committed = asyncio.Event()
        self.in_flight: dict[Hashable, asyncio.Event] = {}
        self._size = size
        self._observe = observe
        self._pool: asyncpg.Pool[Any] | None = None

    async def open(self) -> None:
        """Make the pool; connects to nothing yet."""
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self.url,
                min_size=0,
                max_size=self._size,
                timeout=POOL_WAIT_S,
                command_timeout=COMMAND_TIMEOUT_S,
                server_settings=SETTINGS,
                reset=keep_session,
                init=self._prepare,
            )

    async def close(self) -> None:
        """Wait for the running statements, then close every connection."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            try:
                await asyncio.wait_for(pool.close(), 5)
            except TimeoutError:
                pool.terminate()

    async def _prepare(self, connection: "asyncpg.Connection[Any]") -> None:
        if self._observe is not None:
            observe = self._observe
            connection.add_query_logger(lambda record: observe(record.query))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator["Connection[Any]"]:
        """One connection, each statement its own transaction.

        Raises `Unavailable` when none is free within 3 s or PostgreSQL does not answer.
        """
        if self._pool is None:
            raise Unavailable("The database pool is closed: the service is starting or stopping.")
        try:
            async with self._pool.acquire(timeout=POOL_WAIT_S) as connection:
                yield connection
        except Exception as error:
            if not away(error):
                raise
            log.warning("PostgreSQL does not answer", error=repr(error))
            raise Unavailable(
                f"PostgreSQL does not answer ({type(error).__name__}). Try again soon."
            ) from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Connection[Any]"]:
        """One connection in one READ COMMITTED transaction, committed when the block ends."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of one statement."""
        async with self.connection() as connection:
            return await connection.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of one statement, or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first value of the first row, or None."""
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run one statement; its command tag, such as `INSERT 0 1`."""
        async with self.connection() as connection:
            return await connection.execute(sql, *args)

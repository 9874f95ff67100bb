"""Following the feed as server-sent events: one look at the feed for all who listen."""

import asyncio
import time
from collections.abc import AsyncIterator

import structlog
from sqlalchemy import func, select

from itsm_chassis.errors import Unavailable
from itsm_chassis.http.feed_reader import Reader
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.database import Database
from itsm_chassis.store.tables import feed

POLL_S = 0.2
HEARTBEAT_S = 15.0
LONGEST_S = 900.0
"""A stream ends after this long, so that the client's token is looked at again."""

BATCH = 200
NEWEST = Compiled(select(func.max(feed.c.position)))

log = structlog.get_logger(__name__)


class Live:
    """Watches the feed while somebody listens."""

    def __init__(self, db: Database) -> None:
        """Watches nothing yet."""
        self._db = db
        self._newest = 0
        self._listeners = 0
        self._moved = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        self.closed = False

    def close(self) -> None:
        """End every stream now; called when the service is told to stop."""
        self.closed = True
        self._wake()

    async def __aenter__(self) -> "Live":
        """One more listener; the first one starts the watch."""
        self._listeners += 1
        if self._watch is None:
            self._watch = asyncio.create_task(self._watching(), name="feed-watch")
        return self

    async def __aexit__(self, *_error: object) -> None:
        """One listener less; the last one ends the watch."""
        self._listeners -= 1
        if not self._listeners and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    @property
    def moved(self) -> asyncio.Event:
        """Set when the feed grows beyond what it is now, or the service stops. Take it before reading."""
        return self._moved

    async def _watching(self) -> None:
        while True:
            try:
                newest = await self._db.fetchval(NEWEST.sql) or 0
                if newest > self._newest:
                    self._newest = newest
                    self._wake()
            except Unavailable as error:
                log.info("feed_watch_waits", reason=error.detail)
            except Exception:
                log.exception("feed_watch_failed", meaning="streams lag until the next look succeeds")
            await asyncio.sleep(POLL_S)

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        if self.closed:
            self._moved.set()


async def stream(reader: Reader, begin: int, live: Live) -> AsyncIterator[str]:
    """Server-sent events from behind `begin` on: id is a cursor, event the type, data the envelope."""
    until = time.monotonic() + LONGEST_S
    position = begin
    async with live:
        yield f"retry: 2000\nid: {reader.cursor(position)}\n\n"
        while not live.closed and time.monotonic() < until:
            moved = live.moved
            try:
                batch = await reader.after(position, BATCH)
            except Unavailable:
                return  # the client reconnects with its last id, and is told 503 until it works again
            for said in batch:
                position = said.position
                yield f"id: {reader.cursor(position)}\nevent: {said.type}\ndata: {said.envelope}\n\n"
            if len(batch) < BATCH:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        await moved.wait()
                except TimeoutError:
                    yield ": heartbeat\n\n"

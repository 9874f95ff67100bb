"""Decide, store, say, answer: the one way in which a write happens."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
from sqlalchemy import bindparam, select

from itsm_chassis.errors import Invalid, Refused, Stale, SuiteError, Unavailable
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context, Key
from itsm_chassis.store.database import RETRYABLE, Connection, Database
from itsm_chassis.store.tables import idempotency
from itsm_chassis.store.work import Work

Decision = tuple[Sequence[Work], Answer]
Guard = Callable[["Connection[Any]"], Awaitable[None]]
"""Runs first in the transaction of a write: it takes a lock, and under it checks what no single row keeps."""

PATIENCE = 40
TWIN_WAIT_S = 3.0


class KeyTaken(Exception):
    """A twin with the same Idempotency-Key was first; its answer is ours."""


class Moved(Exception):
    """The record's version moved on between our read and our write."""


class Overtaken(Exception):
    """What a guard found differs from what was decided on, though the record itself has not moved."""


async def perform(
    db: Database, ctx: Context, decide: Callable[[], Awaitable[Decision]], *, guard: Guard | None = None
) -> Answer:
    """Carry out a write once, whatever the caller repeats, and answer only after the commit.

    `decide` loads, asks the rules and returns what to write. It runs again when another writer was
    faster and the caller named no version (`ctx.expected` is None). Raises what `decide` and `guard`
    raise, `Stale`, `Refused` (a twin in flight for over 3 s; a duplicate), `Invalid` (a key reused for
    another request) and `Unavailable`.
    """
    if ctx.key is None:
        return await attempt(db, ctx, decide, guard)
    twins = (ctx.tenant, ctx.actor, ctx.key.method, ctx.key.path, ctx.key.value)
    while (first := db.in_flight.get(twins)) is not None:
        # A twin in this process is waited for here: in PostgreSQL each would hold a connection.
        try:
            await asyncio.wait_for(first.wait(), TWIN_WAIT_S)
        except TimeoutError:
            raise still_running() from None
        if (replay := await known(db, ctx)) is not None:
            return replay
    mine = db.in_flight[twins] = asyncio.Event()
    try:
        return await attempt(db, ctx, decide, guard)
    finally:
        del db.in_flight[twins]
        mine.set()


async def attempt(
    db: Database, ctx: Context, decide: Callable[[], Awaitable[Decision]], guard: Guard | None
) -> Answer:
    """Decide and store, again where a race was lost; a twin in another process is met in the database."""
    lost_races = 0
    while True:
        try:
            works, answer = await decide()
            await store(db, ctx, works, answer, guard)
        except KeyTaken:
            return await known(db, ctx) or answer
        except (Moved, Overtaken, *RETRYABLE) as lost:
            lost_races += 1
            if (replay := await known(db, ctx)) is not None:
                return replay
            if isinstance(lost, Moved) and ctx.expected is not None:
                raise Stale from lost
            if lost_races >= PATIENCE:
                raise Unavailable(
                    "Too many writers at this record at once. Nothing was stored.", "busy"
                ) from lost
            await asyncio.sleep(random.uniform(0, 0.001 * lost_races))  # noqa: S311  # spreads, hides nothing
        except SuiteError:
            # What the rules refuse now, they may have granted this very request before.
            if (replay := await known(db, ctx)) is not None:
                return replay
            raise
        else:
            db.committed.set()
            return answer


def still_running() -> Refused:
    """A twin of this request has not ended within 3 s."""
    return Refused("key_in_flight", "A request with this Idempotency-Key is still running. Retry soon.")


async def store(
    db: Database, ctx: Context, works: Sequence[Work], answer: Answer, guard: Guard | None = None
) -> None:
    """Write everything in one commit; a single piece of work without a guard is one statement, no BEGIN."""
    try:
        if len(works) == 1 and guard is None:
            async with db.connection() as connection:
                await write(connection, ctx, works[0], answer, ctx.key)
            return
        async with db.transaction() as connection:
            if guard is not None:
                await guard(connection)
            keeps = next((work for work in works if work.facts), None)
            for work in works:
                await write(connection, ctx, work, answer, ctx.key if work is keeps else None)
    except asyncpg.LockNotAvailableError as error:
        if ctx.key is None:
            raise Unavailable(
                "Another writer holds this record for over 3 s. Nothing was stored.", "busy"
            ) from error
        raise still_running() from error
    except asyncpg.UniqueViolationError as error:
        if error.table_name == idempotency.name:
            raise KeyTaken from error
        raise Refused("already_exists", already(error.detail)) from error


def already(detail: str | None) -> str:
    """From PostgreSQL's "Key (tenant, key)=(acme, mail) already exists."; the tenant goes without saying."""
    names = re.match(r"Key \((.*?)\)=", detail or "")
    fields = [name for name in (names[1].split(", ") if names else ()) if name != "tenant"]
    return f"There is already a record with this {' and '.join(fields) or 'key'}."


async def write(conn: "Connection[Any]", ctx: Context, work: Work, answer: Answer, key: Key | None) -> None:
    """Run one work's statement; it inserts an outbox row per fact, or nothing where it lost.

    A key is given to one that states facts: what it inserts tells whether the key was taken.
    """
    compiled = work.statement(keyed=key is not None)
    tag = await conn.execute(compiled.sql, *compiled.args(work.binds(ctx, key, answer)))
    if tag == "SELECT 0" or (work.facts and tag == "INSERT 0 0"):
        raise KeyTaken if work.mode in ("insert", "say") else Moved


SCOPE = [idempotency.c[name] == bindparam(name) for name in ("tenant", "actor", "method", "path", "key")]
KNOWN = Compiled(select(idempotency).where(*SCOPE))


async def known(db: Database, ctx: Context) -> Answer | None:
    """The answer already given under this Idempotency-Key; `Invalid` if it was another request's."""
    key = ctx.key
    if key is None:
        return None
    scope = {
        "tenant": ctx.tenant,
        "actor": ctx.actor,
        "method": key.method,
        "path": key.path,
        "key": key.value,
    }
    row = await db.fetchrow(KNOWN.sql, *KNOWN.args(scope))
    if row is None:
        return None
    if row["fingerprint"] != key.fingerprint:
        raise Invalid(
            "key_reused", "This Idempotency-Key was used for a request with another body. Use a new key."
        )
    return Answer(row["status"], row["body"], row["version"], row["location"], replayed=True)

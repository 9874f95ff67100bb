"""Importing items and what they depend on: all lines' items first, then their edges, then retirements."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

import asyncpg
from itsm_chassis.errors import Unavailable
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import RETRYABLE, Database

from itsm_catalog.commands.import_edges import Edges
from itsm_catalog.commands.import_items import Items
from itsm_catalog.commands.import_retirements import retire
from itsm_catalog.rules.item_lines import Draft, Line
from itsm_catalog.tables.items_in_bulk import Outrun

CHUNK: Final = 500
"""Lines that are stored together or not at all."""
ATTEMPTS: Final = 5
Part = TypeVar("Part")


async def carry_out(
    db: Database, ctx: Context, drafts: Iterable[Draft], *, dry_run: bool
) -> AsyncIterator[list[dict[str, Any]]]:
    """The result of each line, in their order, in chunks. Nothing is stored in a dry run.

    Every item is there before the first edge is made, so lines may refer to one another in any order. An
    edge that cannot be is left out and told at its line, which then is a conflict; the rest is stored.
    """
    items, edges = Items(db, ctx, dry_run=dry_run), Edges(db, ctx, dry_run=dry_run)
    lines: list[Line] = []
    for chunk in chunks(drafts):
        lines += await patiently(items.store, chunk)
    edges.expect(lines, items)
    for part in chunks(line for line in lines if line.depends_on):
        await patiently(edges.store, part)
    leaving = [line for line in lines if line.retires]
    if leaving:
        await patiently(lambda part: retire(db, ctx, part, items, dry_run=dry_run), leaving)
    for part in chunks(lines):
        yield [line.result(dry_run) for line in part]


def chunks(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """In chunks."""
    rest = iter(parts)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


Outcome = TypeVar("Outcome")


async def patiently(store: Callable[[Sequence[Part]], Awaitable[Outcome]], chunk: Sequence[Part]) -> Outcome:
    """Store a chunk, again where another writer was in the way."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await store(chunk)
        except (*RETRYABLE, Outrun, asyncpg.LockNotAvailableError) as error:
            if attempt == ATTEMPTS:
                raise Unavailable(
                    "Another import holds these items. Send the file again soon.", "busy"
                ) from error
            await asyncio.sleep(0.01 * attempt)
    raise AssertionError

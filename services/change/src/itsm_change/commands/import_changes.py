"""Importing changes with their history: what a line becomes; the chassis stores it."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from itsm_chassis.store import chunks
from itsm_chassis.store.bulk import Bulk
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import Fact

from itsm_change.commands.recording import NUMBERS, row, stated
from itsm_change.rules import history, imports
from itsm_change.tables import change

TURN: Final = 8
"""Lines decided before other requests get their turn."""


async def decided(
    db: Database, ctx: Context, lines: Sequence[history.Line]
) -> tuple[list[dict[str, Any]], list[Iterator[Fact]]]:
    """The rows, and the facts of each, made as they are written."""
    numbers = await NUMBERS.take(db, len(lines))
    rows: list[dict[str, Any]] = []
    facts: list[Iterator[Fact]] = []
    for index, (line, number) in enumerate(zip(lines, numbers, strict=True)):
        if index % TURN == 0:
            await asyncio.sleep(0)
        told = history.replayed(line, str(new_id()), number, ctx.now)
        facts.append(stated(ctx, event, imported=True) for event in told)
        rows.append(row(ctx.tenant, told[-1].state))
    return rows, facts


carry_out: Final = partial(
    chunks.carry_out,
    chunks.Kind(Bulk(change, aside=frozenset({"has_conflicts"})), imports.understood, decided),
)

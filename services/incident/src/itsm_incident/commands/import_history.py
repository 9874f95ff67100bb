"""Importing history: lines in, one result per line out, in transactions of up to 500 lines."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
from itsm_chassis.errors import FieldError, Unavailable
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import RETRYABLE, Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.lines import Malformed, Raw, Result, invalid, outcome, parsed, shown
from itsm_chassis.store.work import Fact

from itsm_incident.commands import bulk
from itsm_incident.commands.recording import NUMBERS, row, stated
from itsm_incident.rules import history, imports

ATTEMPTS: Final = 5
TURN: Final = 8
"""Lines decided before other requests get their turn."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A line that was understood."""

    number: int
    line: history.Line
    digest: bytes


async def carry_out(db: Database, ctx: Context, raws: Sequence[Raw], *, dry_run: bool) -> list[Result]:
    """One chunk of lines; `ctx.now` is when they are recorded."""
    return await Chunk(db, ctx, dry_run).carry_out(raws)


class Chunk:
    """Up to 500 lines that are stored together or not at all."""

    def __init__(self, db: Database, ctx: Context, dry_run: bool) -> None:
        """`ctx.now` is the import's recorded time."""
        self._db = db
        self._ctx = ctx
        self._dry_run = dry_run

    async def carry_out(self, raws: Sequence[Raw]) -> list[Result]:
        """Decide and store; the results in the order of the lines."""
        results: dict[int, Result] = {}
        sound = [line for raw in raws if (line := read(raw, self._ctx, results)) is not None]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._settle(sound, results)
            except (*RETRYABLE, asyncpg.LockNotAvailableError) as error:
                if attempt == ATTEMPTS:
                    raise Unavailable("Another import holds these records. Retry soon.", "busy") from error
            else:
                break
        return [results[raw.number] for raw in raws]

    async def _settle(self, sound: Sequence[Sound], results: dict[int, Result]) -> None:
        wanted = [item.line.external_id for item in sound]
        known = await bulk.known(self._db, self._ctx.tenant, wanted) if wanted else {}
        fresh: dict[str, Sound] = {}
        repeated = []
        for item in sound:
            first = fresh.get(item.line.external_id)
            if item.line.external_id in known:
                results[item.number] = met(item, *known[item.line.external_id])
            elif first is None:
                fresh[item.line.external_id] = item
            else:
                repeated.append((item, first))
        stored = await self._store(fresh, results) if fresh else {}
        for item, first in repeated:
            results[item.number] = met(item, stored.get(item.line.external_id), first.digest)

    async def _store(self, fresh: dict[str, Sound], results: dict[int, Result]) -> dict[str, UUID | None]:
        """Store new lines; the id of each, as far as it has one."""
        if self._dry_run:
            for item in fresh.values():
                results[item.number] = outcome(item.number, item.line.external_id, "created")
            return dict.fromkeys(fresh)
        rows, facts = await self._decided(list(fresh.values()))
        lost = await bulk.store(self._db, self._ctx.tenant, rows, facts)
        ids: dict[str, UUID | None] = {}
        for values, item in zip(rows, fresh.values(), strict=True):
            external_id = item.line.external_id
            ids[external_id] = lost[external_id][0] if external_id in lost else values["id"]
            if external_id in lost:
                results[item.number] = met(item, *lost[external_id])
            else:
                results[item.number] = outcome(item.number, external_id, "created", values["id"])
        return ids

    async def _decided(self, sound: Sequence[Sound]) -> tuple[list[dict[str, Any]], list[Iterator[Fact]]]:
        """The rows, and the facts of each, which are made as they are written: they are the bulk."""
        numbers = await NUMBERS.take(self._db, len(sound))
        rows: list[dict[str, Any]] = []
        facts: list[Iterator[Fact]] = []
        for index, (item, number) in enumerate(zip(sound, numbers, strict=True)):
            if index % TURN == 0:
                await asyncio.sleep(0)
            told = history.replayed(item.line, str(new_id()), number, self._ctx.actor, self._ctx.now)
            facts.append(stated(self._ctx, event, imported=True) for event in told)
            rows.append(row(self._ctx.tenant, told[-1].state) | {"import_digest": item.digest})
        return rows, facts


def read(raw: Raw, ctx: Context, results: dict[int, Result]) -> Sound | None:
    """The line, or None with its result noted."""
    if raw.fault is not None:
        results[raw.number] = invalid(raw.number, None, [FieldError("", "line_too_long", raw.fault)])
        return None
    try:
        value, digest = parsed(raw.text)
    except Malformed as error:
        results[raw.number] = invalid(raw.number, None, [FieldError("", "malformed_line", str(error))])
        return None
    line, findings = imports.understood(value, ctx.now)
    if line is None:
        name = value.get("external_id")
        results[raw.number] = invalid(raw.number, name if isinstance(name, str) else None, findings)
        return None
    return Sound(raw.number, line, digest)


def met(item: Sound, identity: UUID | None, digest: bytes | None) -> Result:
    """The result of a line whose external_id was there first."""
    if digest == item.digest:
        return outcome(item.number, item.line.external_id, "unchanged", identity)
    result = outcome(item.number, item.line.external_id, "conflict", identity)
    sentence = "This external_id was imported with other content; nothing was changed."
    return result | {"errors": shown([FieldError("/external_id", "conflict", sentence)])}

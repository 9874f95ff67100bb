"""An import's lines in transactions of up to 500: each is judged by a digest of its content."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import asyncpg

from itsm_chassis.errors import FieldError, Unavailable
from itsm_chassis.store.bulk import Bulk
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import RETRYABLE, Database
from itsm_chassis.store.lines import Malformed, Raw, Result, invalid, outcome, parsed, shown
from itsm_chassis.store.work import Fact

ATTEMPTS: Final = 5


class Line(Protocol):
    """A record to be imported."""

    @property
    def external_id(self) -> str:
        """Its name at the source, unique in the tenant."""


L = TypeVar("L", bound=Line)


@dataclass(frozen=True, slots=True)
class Kind(Generic[L]):
    """What is imported.

    - understood: the line in a JSON object, or None and everything that is wrong with it
    - decided: the row (without its digest) of each line, and its facts, made as they are written
    """

    bulk: Bulk
    understood: Callable[[Mapping[str, Any], datetime], tuple[L | None, list[FieldError]]]
    decided: Callable[
        [Database, Context, Sequence[L]],
        Awaitable[tuple[list[dict[str, Any]], Sequence[Iterable[Fact]]]],
    ]


@dataclass(frozen=True, slots=True)
class Sound(Generic[L]):
    """A line that was understood."""

    number: int
    line: L
    digest: bytes


async def carry_out(
    kind: Kind[Any], db: Database, ctx: Context, raws: Sequence[Raw], *, dry_run: bool
) -> list[Result]:
    """One chunk of lines; `ctx.now` is when they are recorded. The results are in the lines' order."""
    return await Chunk(kind, db, ctx, dry_run).carry_out(raws)


class Chunk(Generic[L]):
    """Up to 500 lines that are stored together or not at all."""

    def __init__(self, kind: Kind[L], db: Database, ctx: Context, dry_run: bool) -> None:
        """`ctx.now` is the import's recorded time."""
        self._kind = kind
        self._db = db
        self._ctx = ctx
        self._dry_run = dry_run

    async def carry_out(self, raws: Sequence[Raw]) -> list[Result]:
        """Decide and store; the results in the order of the lines."""
        results: dict[int, Result] = {}
        sound = [line for raw in raws if (line := self._read(raw, results)) is not None]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._settle(sound, results)
            except (*RETRYABLE, asyncpg.LockNotAvailableError) as error:
                if attempt == ATTEMPTS:
                    raise Unavailable("Another import holds these records. Retry soon.", "busy") from error
            else:
                break
        return [results[raw.number] for raw in raws]

    def _read(self, raw: Raw, results: dict[int, Result]) -> Sound[L] | None:
        """The line, or None with its result noted."""
        if raw.fault is not None:
            results[raw.number] = invalid(raw.number, None, [FieldError("", "line_too_long", raw.fault)])
            return None
        try:
            value, digest = parsed(raw.text)
        except Malformed as error:
            results[raw.number] = invalid(raw.number, None, [FieldError("", "malformed_line", str(error))])
            return None
        line, findings = self._kind.understood(value, self._ctx.now)
        if line is None:
            name = value.get("external_id")
            results[raw.number] = invalid(raw.number, name if isinstance(name, str) else None, findings)
            return None
        return Sound(raw.number, line, digest)

    async def _settle(self, sound: Sequence[Sound[L]], results: dict[int, Result]) -> None:
        wanted = [item.line.external_id for item in sound]
        known = await self._kind.bulk.known(self._db, self._ctx.tenant, wanted) if wanted else {}
        fresh: dict[str, Sound[L]] = {}
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

    async def _store(self, fresh: dict[str, Sound[L]], results: dict[int, Result]) -> dict[str, UUID | None]:
        """Store new lines; the id of each, as far as it has one."""
        if self._dry_run:
            for item in fresh.values():
                results[item.number] = outcome(item.number, item.line.external_id, "created")
            return dict.fromkeys(fresh)
        lines = [item.line for item in fresh.values()]
        made, facts = await self._kind.decided(self._db, self._ctx, lines)
        rows = [row | {"import_digest": item.digest} for row, item in zip(made, fresh.values(), strict=True)]
        lost = await self._kind.bulk.store(self._db, self._ctx.tenant, rows, facts)
        ids: dict[str, UUID | None] = {}
        for values, item in zip(rows, fresh.values(), strict=True):
            external_id = item.line.external_id
            ids[external_id] = lost[external_id][0] if external_id in lost else values["id"]
            if external_id in lost:
                results[item.number] = met(item, *lost[external_id])
            else:
                results[item.number] = outcome(item.number, external_id, "created", values["id"])
        return ids


def met(item: Sound[Any], identity: UUID | None, digest: bytes | None) -> Result:
    """The result of a line whose external_id was there first."""
    if digest == item.digest:
        return outcome(item.number, item.line.external_id, "unchanged", identity)
    result = outcome(item.number, item.line.external_id, "conflict", identity)
    sentence = "This external_id was imported with other content; nothing was changed."
    return result | {"errors": shown([FieldError("/external_id", "conflict", sentence)])}

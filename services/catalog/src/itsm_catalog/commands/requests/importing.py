"""Importing history: lines in, one result per line out, in transactions of up to 500 lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
from itsm_chassis.errors import FieldError, Unavailable
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import RETRYABLE, Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.lines import Malformed, Raw, Result, invalid, outcome, parsed, shown
from itsm_chassis.store.perform import write
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events.comment import CommentAdded

from itsm_catalog.commands.requests import offers, recording
from itsm_catalog.commands.requests.recording import ORDER, REQUEST, row, stated
from itsm_catalog.rules.portfolio import ENDED
from itsm_catalog.rules.requests import history, imports, ordering
from itsm_catalog.rules.requests.request import Event
from itsm_catalog.tables import row_locks, service_request

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

ATTEMPTS: Final = 5
UNSAID: Final = Answer(200, "")
LOCK_TIMEOUT: Final = "SET LOCAL lock_timeout = '20s'"
"""A twin import may hold an external_id until its chunk commits."""

KNOWN: Final = """
SELECT external_id, id, import_digest FROM service_request WHERE tenant = $1 AND external_id = ANY($2::text[])
"""


@dataclass(frozen=True, slots=True)
class Sound:
    """A line that was understood."""

    number: int
    line: history.Line
    digest: bytes


async def carry_out(db: Database, ctx: Context, raws: Sequence[Raw], *, dry_run: bool) -> list[Result]:
    """One chunk of lines, stored together or not at all; the results in the order of the lines."""
    results: dict[int, Result] = {}
    sound = [line for raw in raws if (line := read(raw, ctx, results)) is not None]
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await settle(db, ctx, sound, results, dry_run)
        except (*RETRYABLE, asyncpg.LockNotAvailableError, asyncpg.UniqueViolationError) as error:
            if attempt == ATTEMPTS:
                raise Unavailable("Another import holds these records. Retry soon.", "busy") from error
        else:
            break
    return [results[raw.number] for raw in raws]


async def settle(
    db: Database, ctx: Context, sound: Sequence[Sound], results: dict[int, Result], dry_run: bool
) -> None:
    """Judge each line by what is stored and by those before it, and store the new ones."""
    rows = await db.fetch(KNOWN, ctx.tenant, [item.line.external_id for item in sound]) if sound else []
    known: dict[str, tuple[UUID | None, bytes]] = {
        each["external_id"]: (each["id"], each["import_digest"]) for each in rows
    }
    fresh: dict[str, tuple[Sound, UUID]] = {}
    for item in sound:
        name = item.line.external_id
        if name in known:
            results[item.number] = met(item, *known[name])
            continue
        identity = new_id()
        fresh[name] = item, identity
        known[name] = None if dry_run else identity, item.digest
        results[item.number] = outcome(item.number, name, "created", known[name][0])
    if fresh:
        # In one order for every writer, so that twin imports wait for each other and never in a circle.
        remarks = await store(db, ctx, [each for _, each in sorted(fresh.items())], dry_run)
        for item, _ in fresh.values():
            if odd := remarks[item.line.external_id]:
                results[item.number]["remarks"] = odd


async def store(
    db: Database, ctx: Context, fresh: Sequence[tuple[Sound, UUID]], dry_run: bool
) -> dict[str, list[str]]:
    """The requests with their facts, each in an order of its own, in one commit; what is odd about each.

    Their services cannot retire before it: those of open requests then see them.
    """
    none = [""] * len(fresh)
    orders = none if dry_run else await recording.ORDERS.take(db, len(fresh))
    numbers = none if dry_run else await recording.REQUESTS.take(db, len(fresh))
    async with db.transaction() as conn:
        await conn.execute(LOCK_TIMEOUT)
        told = await replayed(conn, ctx, fresh, orders, numbers)
        for (item, _), events in zip(fresh, () if dry_run else told, strict=not dry_run):
            for work in works(ctx, item, events):
                await write(conn, ctx, work, UNSAID, None)
    db.committed.set()
    return {
        item.line.external_id: [odd for step in events for event in step for odd in event.deviations]
        for (item, _), events in zip(fresh, told, strict=True)
    }


async def replayed(
    conn: "Connection[Any]",
    ctx: Context,
    fresh: Sequence[tuple[Sound, UUID]],
    orders: Sequence[str],
    numbers: Sequence[str],
) -> list[list[list[Event]]]:
    """The events of each line, step by step, with what is odd about them."""
    lines = [item.line for item, _ in fresh]
    asked = [(line.offering, line.offering_version or 0, line.submitted_at) for line in lines]
    found = await offers.wanted(conn, ctx.tenant, asked)
    told = [
        history.replayed(
            item.line, identity, number, order, offered.offer, offered.service, offered.calendar, ctx.now
        )
        for (item, identity), offered, order, number in zip(fresh, found, orders, numbers, strict=True)
    ]
    named = [events[0][0].state.service or "" for events in told]
    states = await row_locks.services(conn, ctx.tenant, set(named))
    return [
        history.remarked(
            events,
            line,
            offered.offer,
            known=offered.latest is not None,
            ended=states.get(service) in ENDED,
        )
        for events, line, offered, service in zip(told, lines, found, named, strict=True)
    ]


def works(ctx: Context, item: Sound, told: Sequence[Sequence[Event]]) -> list[Work]:
    """A request with all its facts, and its order."""
    state = told[-1][-1].state
    steps = zip(told, (None, *(step.comment for step in item.line.steps)), strict=True)
    facts = [each for events, comment in steps for each in spoken(ctx, events, comment)]
    values = row(ctx.tenant, REQUEST, state) | {"import_digest": item.digest}
    placed = ordering.Order(
        id=new_id(),
        number=state.order,
        requester=state.requester,
        ordered_at=state.submitted_at,
        items=(ordering.line(state),),
    )
    request = Work("insert", facts, service_request, state.id, ctx.tenant, values)
    return [request, recording.new(ctx, ORDER, placed)]


def spoken(ctx: Context, events: Sequence[Any], comment: str | None) -> list[Fact]:
    """A step's facts; its remark is an internal comment: nobody wrote it for the requester's eyes here."""
    facts = [stated(ctx, REQUEST, event, imported=True) for event in events]
    if comment is None:
        return facts
    record = events[-1].state.id
    values = {"record": str(record), "record_type": "service_request", "visibility": "internal"}
    said = CommentAdded.model_validate(values | {"author": ctx.actor, "body": comment})
    at = events[-1].at
    remark = fact(
        ctx, recording.SOURCE, said, subject=new_id(), sequence=1, record=record, at=at, imported=True
    )
    return [*facts, remark]


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

"""Reads about a change's planned time: its conflicts, its risk, the first time that is free, the gate."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database

from itsm_change.rules import card, gate
from itsm_change.rules.change import Change
from itsm_change.rules.conflicts import Booking
from itsm_change.rules.interval import SEARCHED, Interval
from itsm_change.rules.slots import first_free
from itsm_change.tables.finding import find
from itsm_change.tables.risks import risk_of
from itsm_change.tables.scenery import around, booking_of, scene

NOBODY: Final = UUID(int=0)
"""A deployment that no change has asked for."""


async def state(db: Database, ctx: Context, reference: str) -> Change:
    """A change that the caller may see."""
    return card.read((await find(db, ctx, reference)).text)


async def conflicts(db: Database, ctx: Context, reference: str) -> list[dict[str, Any]]:
    """Every conflict of a change as everything stands now, with who accepted it."""
    seen = await scene(db, ctx.tenant, await state(db, ctx, reference))
    return [each.shown() for each in seen.found]


async def risk(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """The risk of a change as everything stands now, with its factors."""
    return asdict(await risk_of(db, ctx.tenant, await state(db, ctx, reference), ctx.now))


async def first_free_slot(
    db: Database, ctx: Context, reference: str, duration: timedelta | None, within: Interval | None
) -> dict[str, Any]:
    """The first time at which nothing stands against a change; Invalid where it is not said how long."""
    change = await state(db, ctx, reference)
    start, end = change.planned_start, change.planned_end
    if duration is None:
        if start is None or end is None:
            sentence = "The change has no planned time: say how long it takes, such as duration_s=3600."
            raise Invalid("missing_field", sentence, (FieldError("duration_s", "missing", sentence),))
        duration = end - start
    begin = max(start or ctx.now, ctx.now)
    period = within or Interval(begin, begin + SEARCHED)
    if duration > period.end - period.start:
        sentence = "duration_s is longer than the time that is searched."
        raise Invalid("invalid_parameter", sentence, (FieldError("duration_s", "invalid", sentence),))
    made = await around(db, ctx.tenant, booking_of(change, period))
    assert made.booking is not None, "a booking surrounds itself"  # noqa: S101  # tells mypy
    free = await asyncio.to_thread(
        first_free, made.booking, duration, made.others, made.windows, made.freezes, made.graph
    )
    return {
        "slot": {"starts_at": text(free.start), "ends_at": text(free.end)} if free else None,
        "searched": {"starts_at": text(period.start), "ends_at": text(period.end)},
    }


async def gate_of_change(db: Database, ctx: Context, reference: str) -> dict[str, Any]:
    """Whether a change may be implemented now."""
    change = await state(db, ctx, reference)
    seen = await scene(db, ctx.tenant, change)
    return gate.answer(gate.of_change(change, seen.found, ctx.now))


async def gate_of_service(
    db: Database, ctx: Context, service: str, change_type: str, period: Interval
) -> dict[str, Any]:
    """Whether something may be deployed to a service in production then, whichever change asks for it."""
    booking = Booking(
        id=NOBODY, number="", change_type=change_type, status="new", period=period, services=(service,)
    )
    made = await around(db, ctx.tenant, booking)
    return gate.answer(gate.against(made.found))

"""Publishing calendars."""

import asyncio
from collections.abc import Mapping
from typing import Any

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_events.calendar import CalendarPublished
from itsm_sla.calendar_form import calendar_dict, calendar_from
from itsm_sla.instant import rfc3339
from pydantic_core import to_json

from itsm_catalog.commands import public_holidays
from itsm_catalog.commands.issuing import Latest, current, issued, predecessor
from itsm_catalog.rules.service_levels import sound
from itsm_catalog.tables import calendar


async def publish(db: Database, ctx: Context, given: Mapping[str, Any], *, succeeds: bool) -> Answer:
    """Issue the first or, where it succeeds one that the caller has read, the next version of a calendar.

    It is valid from now on unless `given` says otherwise. Raises Invalid, Refused and Stale.
    """

    async def decide() -> Decision:
        before = await predecessor(db, ctx, calendar, given["key"], succeeds=succeeds)
        return published(ctx, before, given)

    return await perform(db, ctx, decide)


async def import_holidays(
    db: Database, ctx: Context, reference: str, wanted: public_holidays.Wanted
) -> Answer:
    """Issue a version with the public holidays of a country added, valid from when the latest one is.

    A date that is there already stays as it is; where all are, nothing is issued. Raises Missing, Stale
    and Invalid.
    """
    found = await asyncio.to_thread(public_holidays.named, wanted)

    async def decide() -> Decision:
        before = await current(db, ctx, calendar, reference)
        shown = before.shown
        there = {row["on"] for row in shown["holidays"]}
        added = [{"on": day.isoformat(), "name": name} for day, name in found if day.isoformat() not in there]
        if not added:
            return [], Answer(200, to_json(shown).decode(), before.version)
        rows = sorted([*shown["holidays"], *added], key=lambda row: str(row["on"]))
        kept = {name: shown[name] for name in ("key", "name", "zone", "weekly", "valid_from")}
        return published(ctx, before, kept | {"holidays": rows}, status=200)

    return await perform(db, ctx, decide)


def published(
    ctx: Context, before: Latest | None, given: Mapping[str, Any], *, status: int = 201
) -> Decision:
    """The decision to publish what is given as the version after `before`."""
    now = rfc3339(ctx.now)
    number = before.version + 1 if before else 1
    version = sound(calendar_from, {"valid_from": now, **given, "version": number, "issued_at": now})
    form = calendar_dict(version)
    said = CalendarPublished.model_validate(form | {"calendar": form})
    return issued(ctx, calendar, before, version, form, said, place="/v1/calendars", status=status)

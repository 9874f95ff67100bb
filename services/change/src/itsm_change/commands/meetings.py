"""Meetings of a change advisory board: called, edited, held; the votes are those of the approvals."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from itsm_chassis.clock import text
from itsm_chassis.errors import FieldError, Invalid, Missing, Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_events import cab_meeting as said

from itsm_change.commands.issuing import current, issued
from itsm_change.rules import card
from itsm_change.tables import cab_meeting
from itsm_change.tables.finding import find

PLACE: Final = "/v1/cab-meetings"
ENDS: Final = {"held": said.CabMeetingHeld, "cancelled": said.CabMeetingCancelled}


async def call(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Call a meeting."""

    async def decide() -> Decision:
        form = {"minutes": None, "status": "planned"} | timed(given)
        form["agenda"] = await agenda(db, ctx, form["agenda"], ())
        ordered(form)
        return issued(ctx, cab_meeting, None, form, said.CabMeetingPlanned, PLACE)

    return await perform(db, ctx, decide)


async def edit(db: Database, ctx: Context, reference: str, given: Mapping[str, Any]) -> Answer:
    """Change fields (a merge patch); once held, only the minutes."""

    async def decide() -> Decision:
        before = await current(db, ctx, cab_meeting, reference)
        kept = {name: before.form[name] for name in before.form.keys() - {"id", "version"}}
        form = kept | timed(given)
        if form["agenda"] != kept["agenda"]:
            form["agenda"] = await agenda(db, ctx, form["agenda"], kept["agenda"])
        if form == kept:
            return [], Answer(200, json.dumps(before.form, ensure_ascii=False), before.version)
        if kept["status"] != "planned" and form | {"minutes": None} != kept | {"minutes": None}:
            raise Refused("record_ended", f"The meeting is {kept['status']}: only its minutes can change.")
        ordered(form)
        event = ENDS.get(form["status"]) if form["status"] != kept["status"] else None
        return issued(ctx, cab_meeting, before, form, event or said.CabMeetingUpdated, None)

    return await perform(db, ctx, decide)


def timed(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with times as text."""
    return {name: text(value) if name.endswith("_at") else value for name, value in given.items()}


def ordered(form: Mapping[str, Any]) -> None:
    """Invalid where the meeting ends before it begins."""
    if datetime.fromisoformat(form["ends_at"]) <= datetime.fromisoformat(form["starts_at"]):
        sentence = "ends_at must lie after starts_at."
        raise Invalid("invalid_field", sentence, (FieldError("/ends_at", "invalid", sentence),))


async def agenda(db: Database, ctx: Context, wanted: Iterable[str], kept: Iterable[str]) -> list[str]:
    """The ids of these changes; Invalid for a new one that is not in authorize."""
    found: list[str] = []
    for index, reference in enumerate(dict.fromkeys(wanted)):
        sentence = None
        try:
            change = card.read((await find(db, ctx, reference)).text)
        except Missing:
            sentence = "There is no such change."
        else:
            if change.status != "authorize" and change.id not in kept:
                sentence = f"{change.number} is in {change.status}; an agenda is of changes in authorize."
            found.append(change.id)
        if sentence is not None:
            raise Invalid("invalid_agenda", sentence, (FieldError(f"/agenda/{index}", "invalid", sentence),))
    return list(dict.fromkeys(found))

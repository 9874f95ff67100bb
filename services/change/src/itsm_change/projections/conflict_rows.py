"""The rows of conflicts beside those that were found: what is new, other and gone, and the events of it."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from itsm_chassis.store.context import Context
from itsm_chassis.store.work import Fact
from itsm_events.change_conflict import (
    ChangeConflictCleared,
    ChangeConflictEvent,
    ChangeConflictFound,
    ChangeConflictUpdated,
)

from itsm_change.rules.accepting import within
from itsm_change.rules.conflicts import Booking, Conflict
from itsm_change.rules.interval import Interval
from itsm_change.tables.conflict_cards import Form, form_of, stated, values

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

STORE: Final = """
INSERT INTO conflict (id, tenant, version, card, change_id, kind, other_id, present, accepted)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, card = excluded.card,
    present = excluded.present, accepted = excluded.accepted
"""


class Known(NamedTuple):
    """A stored conflict."""

    version: int
    form: Form


class Step(NamedTuple):
    """What becomes of one conflict."""

    event: type[ChangeConflictEvent]
    form: Form
    version: int


def known(rows: Iterable[Any]) -> dict[UUID, Known]:
    """Stored conflicts by their ids."""
    return {row["id"]: Known(row["version"], json.loads(row["card"])) for row in rows}


def compared(wanted: Mapping[UUID, tuple[Booking, Conflict]], stored: Mapping[UUID, Known]) -> list[Step]:
    """What has to be written so that the stored conflicts are those that were found."""
    steps = []
    for identity, (booking, found) in wanted.items():
        before = stored.get(identity)
        if before is None or not before.form["present"]:
            version = before.version + 1 if before else 1
            steps.append(Step(ChangeConflictFound, form_of(booking, found), version))
            continue
        form = form_of(booking, found, before.form["accepted"])
        if form == before.form:
            continue
        if not within(found.period, period_of(before.form)):
            form["accepted"] = None
        steps.append(Step(ChangeConflictUpdated, form, before.version + 1))
    for identity in stored.keys() - wanted.keys():
        before = stored[identity]
        if before.form["present"]:
            gone = before.form | {"present": False, "accepted": None}
            steps.append(Step(ChangeConflictCleared, gone, before.version + 1))
    return steps


def period_of(form: Form) -> Interval:
    """The time of a stored conflict."""
    return Interval(datetime.fromisoformat(form["starts_at"]), datetime.fromisoformat(form["ends_at"]))


async def write(conn: "Connection[Any]", ctx: Context, steps: Iterable[Step]) -> list[Fact]:
    """Store them; the events that say so."""
    facts = []
    for event, form, version in steps:
        row = values(ctx, form, version, json.dumps(form, ensure_ascii=False))
        await conn.execute(STORE, *row.values())
        facts.append(stated(ctx, event, form, version))
    return facts

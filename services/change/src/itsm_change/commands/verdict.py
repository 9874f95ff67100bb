"""A person's word on whether a change caused an incident."""

from dataclasses import replace
from typing import Literal
from uuid import UUID, uuid5

from itsm_chassis.errors import FieldError, Invalid, Missing
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import AN_ID
from itsm_events import opaque

from itsm_change.commands.attributing import begun, stated
from itsm_change.rules import card
from itsm_change.rules import suspect as rules
from itsm_change.tables.finding import find

INCIDENT = "SELECT * FROM incident WHERE tenant = $1 AND (id::text = $2 OR number = $2)"
SUSPECT = "SELECT card FROM suspect WHERE id = $1 AND tenant = $2"


async def judge(
    db: Database,
    ctx: Context,
    reference: str,
    incident: str,
    state: Literal["confirmed", "rejected"],
    note: str | None,
) -> Answer:
    """Confirm or reject; also a pair that the machine did not suspect. The latest word stands.

    Raises Missing for a change or an incident that is not known here, and Invalid for a change that was not
    implemented.
    """

    async def decide() -> Decision:
        change = card.read((await find(db, ctx, reference)).text)
        row = await db.fetchrow(
            INCIDENT, ctx.tenant, incident.lower() if AN_ID.fullmatch(incident) else incident.upper()
        )
        if row is None:
            raise Missing("incident (here; one that was opened a moment ago may still be on its way)")
        if change.implemented_at is None:
            sentence = f"{change.number} was not implemented, so it cannot have caused anything."
            raise Invalid("not_implemented", sentence, (FieldError("", "not_implemented", sentence),))
        known = await db.fetchrow(SUSPECT, uuid5(UUID(change.id), str(row["id"])), ctx.tenant)
        before = rules.read(known["card"]) if known else None
        told = {name: getattr(change, name) for name in ("number", "title", "change_type", "implemented_at")}
        start = before or begun(row, told | {"id": UUID(change.id)})
        after = rules.judged(start, state, opaque(ctx.tenant, ctx.actor), ctx.now, note)
        work = stated(ctx, before, after)
        text = rules.write(replace(after, version=after.version + 1))
        return [work], Answer(200, text, after.version + 1)

    return await perform(db, ctx, decide)

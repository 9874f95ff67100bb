"""Accepting a conflict, with a reason."""

import json
from typing import Literal
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work
from itsm_events.change_conflict import ChangeConflictAccepted, ChangeConflictFound
from pydantic_core import to_json

from itsm_change.rules import card
from itsm_change.rules.accepting import Acceptance, Judged, acceptable
from itsm_change.tables import conflict
from itsm_change.tables.conflict_cards import form_of, stated, values
from itsm_change.tables.finding import find
from itsm_change.tables.scenery import scene


async def accept(db: Database, ctx: Context, reference: str, identity: UUID, reason: str) -> Answer:
    """Accept one conflict of a change for the time that it has now; it does not stand in the way any more.

    It counts for the other change too. Raises Missing where there is no such conflict (any more), Refused
    for a freeze and where it was accepted before.
    """

    async def decide() -> Decision:
        state = card.read((await find(db, ctx, reference)).text)
        seen = await scene(db, ctx.tenant, state)
        found = acceptable(seen.found, identity)
        assert seen.booking is not None, "what plans no time has no conflict"  # noqa: S101  # tells mypy
        accepted = {"by": ctx.actor, "at": text(ctx.now), "reason": reason}
        form = form_of(seen.booking, found.conflict, accepted)
        stored = await load(db, conflict, ctx.tenant, identity)
        known = stored is not None and json.loads(stored.text)["present"]
        version = (stored.version if stored else 0) + (1 if known else 2)
        facts = []
        if not known:
            # The assessor has not come by yet: it is found now.
            facts.append(stated(ctx, ChangeConflictFound, form | {"accepted": None}, version - 1))
        facts.append(stated(ctx, ChangeConflictAccepted, form, version))
        row = values(ctx, form, version, json.dumps(form, ensure_ascii=False))
        mode: Literal["update", "insert"] = "update" if stored else "insert"
        was = stored.version if stored else 0
        work = Work(mode, facts, conflict, identity, ctx.tenant, row, was)
        shown = Judged(
            identity, found.conflict, Acceptance(ctx.actor, ctx.now, reason, found.conflict.period)
        )
        return [work], Answer(200, to_json(shown.shown()).decode())

    try:
        return await perform(db, ctx, decide)
    except Refused as lost:
        if lost.code != "already_exists":
            raise
        return await perform(db, ctx, decide)  # the assessor has stored it meanwhile

"""Writes of changes."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import created
from itsm_events.change import ChangeRequested

from itsm_change.rules import Change, may_request_for
from itsm_change.tables import NUMBERS, change


async def request(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Ask for a change; the requester is the token's subject unless staff names another (Forbidden else)."""
    requester = given.get("requester") or ctx.actor
    may_request_for(ctx.roles, ctx.actor, requester)

    async def decide() -> Decision:
        fields = {**given, "requester": requester, "requested_at": ctx.now}
        record = Change(id=new_id(), number=await NUMBERS.next(db), **fields)
        said = ChangeRequested(**asdict(record))
        return created(ctx, change, record, said, source="change", place="/v1/changes")

    return await perform(db, ctx, decide)

"""Asking for a change."""

import json
from collections.abc import Mapping
from typing import Any

from itsm_chassis.errors import FieldError, Invalid
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load

from itsm_change.commands.recording import NUMBERS, added, answer
from itsm_change.rules import access, requesting
from itsm_change.tables import change_template


async def request(db: Database, ctx: Context, given: Mapping[str, Any]) -> Answer:
    """Ask for a change; the requester is the token's subject unless staff names another (Forbidden else)."""
    requester = given.get("requester") or ctx.actor
    access.may_request_for(ctx.roles, ctx.actor, requester)

    async def decide() -> Decision:
        fields = await completed(db, ctx, given) | {"requester": requester}
        number = await NUMBERS.next(db)
        event = requesting.requested(str(new_id()), number, fields, requested_at=ctx.now, now=ctx.now)
        return [added(ctx, [event])], await answer(db, ctx, event.state, 201)

    return await perform(db, ctx, decide)


async def completed(db: Database, ctx: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, and for those that were not given the template's;
    Invalid where there is no such template.
    """
    if given.get("template") is None:
        return dict(given)
    found = await load(db, change_template, ctx.tenant, given["template"], "key")
    if found is None:
        sentence = f"There is no template {given['template']}."
        raise Invalid("unknown_template", sentence, (FieldError("/template", "unknown_template", sentence),))
    return requesting.from_template(given, json.loads(found.text))

"""Filing unauthorised changes, however often they are told."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.errors import Refused
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_chassis.store.work import Work, fact
from itsm_events.detection import DetectionEvent, DetectionFiled, DetectionRepeated

from itsm_change.commands.recording import NUMBERS, SOURCE, added, answer
from itsm_change.rules import card, requesting
from itsm_change.rules.change import ENDED
from itsm_change.tables import change, detection


async def detect(db: Database, ctx: Context, dedup_key: str, given: Mapping[str, Any]) -> Answer:
    """File an unauthorised change, or count that it was told again while it has not ended."""

    async def decide() -> Decision:
        found = await load(db, detection, ctx.tenant, dedup_key, "dedup_key")
        before = json.loads(found.text) if found else None
        if before is not None:
            filed = await load(db, change, ctx.tenant, UUID(before["change_id"]))
            state = card.read(filed.text) if filed else None
            if state is not None and state.status not in ENDED:
                again = before | {"count": before["count"] + 1, "last_at": text(ctx.now)}
                body = json.loads((await answer(db, ctx, state)).body)
                return [counted(ctx, DetectionRepeated, again, before)], shown(body, again, new=False)
        requester = given.get("requester") or ctx.actor
        number = await NUMBERS.next(db)
        events = requesting.detected(str(new_id()), number, given, requester=requester, now=ctx.now)
        state = events[-1].state
        identity = before["id"] if before else str(new_id())
        first = {"id": identity, "dedup_key": dedup_key, "change_id": state.id, "count": 1}
        first |= {"version": before["version"] if before else 0}
        first |= {"first_at": text(ctx.now), "last_at": text(ctx.now)}
        body = json.loads((await answer(db, ctx, state)).body)
        works = [added(ctx, events), counted(ctx, DetectionFiled, first, before)]
        return works, shown(body, first, new=True)

    try:
        return await perform(db, ctx, decide)
    except Refused as twin:
        if twin.code != "already_exists":
            raise
        return await perform(db, ctx, decide)


def counted(
    ctx: Context, event: type[DetectionEvent], form: dict[str, Any], before: dict[str, Any] | None
) -> Work:
    """The detection as it is now."""
    form |= {"version": form["version"] + 1}
    identity, owner = UUID(form["id"]), UUID(form["change_id"])
    said = event.model_validate(form | {"change": form["change_id"]})
    happened = fact(ctx, SOURCE, said, subject=identity, sequence=form["version"], record=owner)
    values = {"id": identity, "tenant": ctx.tenant, "version": form["version"]}
    values |= {"card": json.dumps(form, ensure_ascii=False)}
    values |= {"dedup_key": form["dedup_key"], "change_id": owner}
    was = before["version"] if before else 0
    return Work("update" if before else "insert", [happened], detection, identity, ctx.tenant, values, was)


def shown(change: dict[str, Any], form: Mapping[str, Any], *, new: bool) -> Answer:
    """The change, whether it is new, and how often it was told."""
    told = {name: form[name] for name in ("dedup_key", "count", "first_at", "last_at")}
    body = json.dumps({"is_new": new, **told, "change": change}, ensure_ascii=False)
    place = f"/v1/changes/{change['id']}" if new else None
    return Answer(201 if new else 200, body, change["version"], place)

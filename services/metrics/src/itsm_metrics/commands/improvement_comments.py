"""Comments on improvements: a subject of their own, so that a remark never makes an edit stale."""

import json
from uuid import UUID

from itsm_chassis.clock import text
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import find
from itsm_chassis.store.work import Work, fact
from itsm_events.comment import CommentAdded

from itsm_metrics.commands.improvement_recording import PLACE, SOURCE
from itsm_metrics.tables import improvement


async def comment(db: Database, ctx: Context, reference: str, body: str) -> Answer:
    """Add one; whoever works for the tenant reads it."""
    identity = new_id()

    async def decide() -> Decision:
        found = await find(db, ctx, improvement, reference, name="number")
        record: str = json.loads(found.text)["id"]
        said = CommentAdded(
            record=record, record_type="improvement", visibility="internal", author=ctx.actor, body=body
        )
        work = Work("say", [fact(ctx, SOURCE, said, subject=identity, sequence=1, record=UUID(record))])
        shown = {"id": str(identity), "improvement_id": record, "author": ctx.actor, "body": body}
        answer = json.dumps(shown | {"created_at": text(ctx.now)}, ensure_ascii=False)
        return [work], Answer(201, answer, 1, f"{PLACE}/{record}/comments/{identity}")

    return await perform(db, ctx, decide)

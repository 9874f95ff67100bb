"""Answering a survey by its link, and the end of those that nobody answers."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from itsm_chassis.errors import Missing, Refused, Stale
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Answer, Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.perform import Decision, perform
from itsm_chassis.store.records import load
from itsm_events.survey import SurveyAnswered, SurveyExpired, SurveyRevised
from pydantic_core import to_json
from sqlalchemy import bindparam, select

from itsm_metrics.commands.recording import changed
from itsm_metrics.rules.survey import Survey, answered, expired, readable
from itsm_metrics.tables import survey

BATCH: Final = 200
ACTOR: Final = "system:survey-expiry"
DUE: Final = Compiled(
    select(survey.c.tenant, survey.c.id)
    .where(survey.c.status == "open", survey.c.expires_at <= bindparam("now"))
    .order_by(survey.c.expires_at)
    .limit(BATCH)
)
SHOWN: Final = (
    "record_type",
    "number",
    "title",
    "offering",
    "status",
    "score",
    "comment",
    "sent_at",
    "expires_at",
    "answered_at",
    "changeable_until",
)
"""What the person asked sees of it."""


async def read(db: Database, ctx: Context, identity: UUID) -> Answer:
    """The survey as its link shows it; raises Gone when its time is over."""
    state = await current(db, ctx, identity)
    readable(state, ctx.now)
    return shown(state)


async def answer(db: Database, ctx: Context, identity: UUID, score: int, comment: str | None) -> Answer:
    """The first answer, or one in its place; two at once count as one survey, and the later one stands.

    Raises Gone when its time is over, Refused when the answer stands.
    """

    async def decide() -> Decision:
        state = await current(db, ctx, identity)
        after = answered(state, score, comment, ctx.now)
        if after is state:
            return [], shown(state)
        said = SurveyAnswered if state.answered_at is None else SurveyRevised
        return [changed(ctx, said, after)], shown(after)

    return await perform(db, ctx, decide)


async def current(db: Database, ctx: Context, identity: UUID) -> Survey:
    """The survey as it is; raises Missing."""
    found = await load(db, survey, ctx.tenant, identity)
    if found is None:
        raise Missing("survey")
    return Survey.of(found.text)


def shown(state: Survey) -> Answer:
    """What the person asked is answered."""
    told: dict[str, Any] = {name: getattr(state, name) for name in SHOWN}
    return Answer(200, to_json(told).decode())


async def expire_due(db: Database, now: datetime) -> int:
    """End every survey whose time is up; how many. Their versions decide between replicas."""
    total, batch = 0, BATCH
    while batch == BATCH:
        rows = await db.fetch(DUE.sql, *DUE.args({"now": now}))
        batch = sum([await expire(db, row["tenant"], row["id"], now) for row in rows])
        total += batch
    return total


async def expire(db: Database, tenant: str, identity: UUID, now: datetime) -> int:
    """End one; 0 where that was done, or it was answered, meanwhile."""
    ctx = Context(tenant, ACTOR, frozenset({"service"}), now)
    done = 0

    async def decide() -> Decision:
        nonlocal done
        state = await current(db, ctx, identity)
        done = int(state.status == "open")
        works = [changed(ctx, SurveyExpired, expired(state), state.expires_at)] if done else []
        return works, Answer(200, "")

    try:
        await perform(db, ctx, decide)
    except (Missing, Stale, Refused):
        return 0
    return done

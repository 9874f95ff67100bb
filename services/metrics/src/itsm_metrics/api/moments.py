"""Of which moment an answer is: of now, or of one that has passed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from itsm_chassis.store.database import Database

from itsm_metrics.projections.past import past
from itsm_metrics.queries.question import Question
from itsm_metrics.queries.snapshot import snapshot


@asynccontextmanager
async def moment(db: Database, tenant: str, asked: Question) -> AsyncIterator[Database]:
    """What was believed then where the question says when, else what is known."""
    if asked.as_of is None:
        async with snapshot(db) as now:
            yield now
    else:
        async with past(db, tenant, asked.kpi.resources, asked.as_of) as then:
            yield then

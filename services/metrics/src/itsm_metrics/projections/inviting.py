"""From what others did for somebody to surveys: each record asks once, whatever is repeated.

Runs in the consumer's transaction. One consumer of the queue works at a time, so nobody is asked twice
within the quiet time; that a record has one survey is kept by the table itself.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from itsm_chassis.bus.decoding import Received
from itsm_chassis.store.compiled import Compiled
from itsm_chassis.store.context import Context
from itsm_chassis.store.copying import say
from itsm_chassis.store.work import Fact, fact
from itsm_events.survey import SurveySent
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from itsm_metrics.projections.arrays import bound, given
from itsm_metrics.rules.asking import Served, asked, served, survey_of
from itsm_metrics.rules.survey import Survey
from itsm_metrics.rules.survey_policy import SurveyPolicy
from itsm_metrics.tables import SURVEY_COLUMNS, survey, survey_row

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

SOURCE: Final = "metrics"
ACTOR: Final = "itsm-metrics"
"""Who is said to have sent it: nobody in person."""

PEOPLE: Final = [survey.c.tenant, survey.c.person]

_rows, _ids, _people = given(SURVEY_COLUMNS), given([survey.c.id]), given(PEOPLE)
KEEP: Final = Compiled(
    insert(survey)
    .from_select([c.name for c in SURVEY_COLUMNS], select(*(_rows.c[c.name] for c in SURVEY_COLUMNS)))
    .on_conflict_do_nothing()
    .returning(survey.c.id)
)
KNOWN: Final = Compiled(select(survey.c.id).where(survey.c.id == _ids.c.id))
LAST_ASKED: Final = Compiled(
    select(*PEOPLE, func.max(survey.c.sent_at).label("at"))
    .where(*(_people.c[c.name] == c for c in PEOPLE))
    .group_by(*PEOPLE)
)
POLICIES: Final = """
SELECT DISTINCT ON (tenant) tenant, card FROM survey_policy WHERE tenant = ANY($1::text[])
ORDER BY tenant, edition DESC
"""


async def invite(conn: "Connection[Any]", events: Sequence[Received], now: datetime) -> None:
    """Ask those for whom something was done, as their tenant's policy says, and say so."""
    told = (served(event.envelope.model_dump(mode="json")) for event in events)
    surveys = await chosen(conn, [each for each in told if each is not None], now)
    rows = [survey_row(tenant, each) for tenant, each in surveys]
    cells = [[row[c.name] for c in SURVEY_COLUMNS] for row in rows]
    new = (
        {row["id"] for row in await conn.fetch(KEEP.sql, *bound(KEEP, SURVEY_COLUMNS, cells))}
        if rows
        else set()
    )
    if new:
        await say(conn, [sent(tenant, each, now) for tenant, each in surveys if each.id in new])


async def chosen(conn: "Connection[Any]", done: Iterable[Served], now: datetime) -> list[tuple[str, Survey]]:
    """The surveys that the policies want, of records that have none; with their tenants."""
    first = {survey_of(each.tenant, each.record): each for each in sorted(done, key=oldest, reverse=True)}
    if not first:
        return []
    known = {row["id"] for row in await conn.fetch(KNOWN.sql, *bound(KNOWN, [survey.c.id], zip(first)))}
    fresh = sorted((each for identity, each in first.items() if identity not in known), key=oldest)
    people = sorted({(each.tenant, each.person) for each in fresh})
    rows = await conn.fetch(LAST_ASKED.sql, *bound(LAST_ASKED, PEOPLE, people))
    last = {(tenant, person): at for tenant, person, at in rows}
    issued = await conn.fetch(POLICIES, sorted({each.tenant for each in fresh}))
    policies = {tenant: SurveyPolicy.of(json.loads(card)) for tenant, card in issued}
    found = []
    for each in fresh:
        who = each.tenant, each.person
        made = asked(each, policies.get(each.tenant, SurveyPolicy()), last.get(who), now)
        if made is not None:
            last[who] = now
            found.append((each.tenant, made))
    return found


def oldest(done: Served) -> tuple[datetime, str]:
    """In the order in which it was done."""
    return done.at, str(done.record)


def sent(tenant: str, state: Survey, now: datetime) -> Fact:
    """The event of a survey that somebody is asked to answer."""
    said = SurveySent.model_validate(state.told).veiled()
    return fact(Context(tenant, ACTOR, frozenset(), now), SOURCE, said, subject=state.id, sequence=1)

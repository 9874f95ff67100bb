"""Importing what other desks asked and were answered: what a line becomes; the chassis stores it."""

from collections.abc import Sequence
from typing import Any, Final

from itsm_chassis.store.bulk import Bulk
from itsm_chassis.store.context import Context
from itsm_chassis.store.database import Database
from itsm_chassis.store.ids import new_id
from itsm_chassis.store.work import Fact
from itsm_events import opaque
from itsm_events.survey import SurveyAnswered, SurveyEvent, SurveyExpired, SurveySent

from itsm_metrics.commands.recording import stated
from itsm_metrics.rules.survey_history import Line, What, replayed
from itsm_metrics.tables import survey, survey_row

BULK: Final = Bulk(survey)
EVENTS: Final[dict[What, type[SurveyEvent]]] = {
    "sent": SurveySent,
    "answered": SurveyAnswered,
    "expired": SurveyExpired,
}


async def decided(
    _: Database, ctx: Context, lines: Sequence[Line]
) -> tuple[list[dict[str, Any]], list[list[Fact]]]:
    """The rows, and the facts of each; people become opaque ids, as those are who are asked here."""
    rows, facts = [], []
    for line in lines:
        told = list(replayed(line, opaque(ctx.tenant, line.person), new_id(), ctx.now))
        facts.append([stated(ctx, EVENTS[what], state, at, imported=True) for what, at, state in told])
        rows.append(survey_row(ctx.tenant, told[-1][2]))
    return rows, facts

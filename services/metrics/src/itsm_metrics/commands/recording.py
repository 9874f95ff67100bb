"""From a decision of the rules to what the store writes."""

from datetime import datetime
from typing import Final

from itsm_chassis.store.context import Context
from itsm_chassis.store.work import Fact, Work, fact
from itsm_events.survey import SurveyEvent

from itsm_metrics.rules.survey import Survey
from itsm_metrics.tables import survey, survey_row

SOURCE: Final = "metrics"


def stated(
    ctx: Context,
    said: type[SurveyEvent],
    state: Survey,
    at: datetime | None = None,
    *,
    imported: bool = False,
) -> Fact:
    """The event of what became of a survey; its person is an opaque id already."""
    spoken = said.model_validate(state.told).veiled()
    return fact(ctx, SOURCE, spoken, subject=state.id, sequence=state.version, at=at, imported=imported)


def changed(ctx: Context, said: type[SurveyEvent], state: Survey, at: datetime | None = None) -> Work:
    """A survey that an event has moved on."""
    row = survey_row(ctx.tenant, state)
    happened = stated(ctx, said, state, at)
    return Work("update", [happened], survey, state.id, ctx.tenant, row, state.version - 1)

"""Answering a question with what is said beside it: its buckets, the period before, how fresh all is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from itsm_chassis.store.database import Database

from itsm_metrics.queries.figures import answer
from itsm_metrics.queries.question import Figures, Question, Result
from itsm_metrics.queries.sources import Fresh, freshness

Period = tuple[datetime, datetime]


class Told(NamedTuple):
    """A figure, its parts in time, and the same of another period; all of one moment."""

    figures: Figures
    heard: Sequence[Fresh]
    series: Sequence[tuple[Question, Figures]] | None
    before: tuple[Question, Figures] | None


async def told(
    db: Database, tenant: str, question: Question, cuts: Sequence[datetime] | None, before: Period | None
) -> Told:
    """The answer; `cuts` are where its buckets begin and the last one ends, `before` is the other period.

    `db` is a snapshot, so that all of it is of one moment.
    """
    figures = await answer(db, tenant, question)
    heard = await freshness(db, tenant, question.kpi)
    parts = None if cuts is None else [replaced(question, each) for each in pairwise(cuts)]
    series = None if parts is None else [(part, await answer(db, tenant, part)) for part in parts]
    if before is None:
        return Told(figures, heard, series, None)
    other = replaced(question, before)
    return Told(figures, heard, series, (other, await answer(db, tenant, other)))


def replaced(question: Question, period: Period) -> Question:
    """The same of another period."""
    return replace(question, since=period[0], until=period[1])


def of_group(question: Question, figures: Figures, key: str | None) -> Result:
    """The result of one group, where it has any facts or none."""
    nothing = 0 if question.kpi.kind in ("count", "sum", "gauge", "growth", "frequency") else None
    return next((each for each in figures.groups if each.key == key), Result(key, 0, nothing))

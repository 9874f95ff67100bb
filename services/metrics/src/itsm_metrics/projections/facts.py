"""From a record's raw events to the rows of its facts."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from itsm_metrics.projections.fact_table import FactTable, Row
from itsm_metrics.projections.raw import Subject
from itsm_metrics.rules import clock_fold, clock_steps, incident_fold, incident_steps
from itsm_metrics.rules.facts import Facts
from itsm_metrics.tables import measurement, span

if TYPE_CHECKING:
    from itsm_chassis.store.database import Connection

parsed = partial(from_json, cache_strings="keys")
"""Half the time of json.loads, which would be most of a fold."""


def incident(envelopes: Iterable[str]) -> Facts:
    """The facts of one incident."""
    return incident_fold.fold(incident_steps.step(parsed(text)) for text in envelopes)


def sla_clock(envelopes: Iterable[str]) -> Facts:
    """The facts of one SLA clock."""
    return clock_fold.fold(clock_steps.step(parsed(text)) for text in envelopes)


FOLDS: dict[str, Callable[[Iterable[str]], Facts]] = {"incident": incident, "sla_clock": sla_clock}
"""How the events of a resource become facts; events of any other are kept raw."""

MEASUREMENTS = FactTable(measurement)
SPANS = FactTable(span)


def rows_of(subject: Subject, envelopes: Iterable[str]) -> tuple[list[Row], list[Row]]:
    """The rows of `measurement` and of `span` that these events make, all of one subject."""
    facts = FOLDS[subject.resource](envelopes)
    owner = subject[1:]
    return (
        [(*owner, m.measure, m.ordinal, m.at, m.value, *m.place, m.detail) for m in facts.measurements],
        [(*owner, s.kind, s.ordinal, s.started_at, s.ended_at, *s.place, s.opened_at) for s in facts.spans],
    )


async def restate(conn: "Connection[Any]", histories: dict[Subject, list[str]]) -> None:
    """Fold each subject's whole history and store what it changes."""
    measurements: list[Row] = []
    spans: list[Row] = []
    for subject, envelopes in histories.items():
        measured, spanned = rows_of(subject, envelopes)
        measurements += measured
        spans += spanned
    owners = [subject[1:] for subject in histories]
    await MEASUREMENTS.replace(conn, owners, measurements)
    await SPANS.replace(conn, owners, spans)

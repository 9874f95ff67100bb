"""From a record's raw events to the rows of its facts."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json

from itsm_metrics.projections.fact_table import FactTable, Row
from itsm_metrics.projections.raw import Subject
from itsm_metrics.projections.summing import follow, in_force
from itsm_metrics.rules import (
    change_fold,
    change_steps,
    clock_fold,
    clock_steps,
    deployment_fold,
    improvement_fold,
    incident_fold,
    incident_steps,
    request_fold,
    request_steps,
    survey_fold,
    suspect_fold,
    terms_fold,
)
from itsm_metrics.rules.facts import Facts
from itsm_metrics.tables import deployed, measurement, span, suspicion, term

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


def service_request(envelopes: Iterable[str]) -> Facts:
    """The facts of one service request."""
    return request_fold.fold(request_steps.step(parsed(text)) for text in envelopes)


def change(envelopes: Iterable[str]) -> Facts:
    """The facts of one change."""
    return change_fold.fold(change_steps.step(parsed(text)) for text in envelopes)


def improvement(envelopes: Iterable[str]) -> Facts:
    """The facts of one improvement."""
    return improvement_fold.fold(improvement_fold.step(parsed(text)) for text in envelopes)


def suspect(envelopes: Iterable[str]) -> Facts:
    """What is said of one change and one incident."""
    return suspect_fold.fold(suspect_fold.step(parsed(text)) for text in envelopes)


def survey(envelopes: Iterable[str]) -> Facts:
    """The facts of one survey."""
    return survey_fold.fold(survey_fold.step(parsed(text)) for text in envelopes)


def deployment(envelopes: Iterable[str]) -> Facts:
    """What is known of one deployment."""
    return deployment_fold.fold(deployment_fold.step(parsed(text)) for text in envelopes)


def service(envelopes: Iterable[str]) -> Facts:
    """The terms of one service."""
    return terms_fold.service(terms_fold.version(parsed(text)) for text in envelopes)


def calendar(envelopes: Iterable[str]) -> Facts:
    """The versions of one calendar."""
    return terms_fold.calendar(terms_fold.version(parsed(text)) for text in envelopes)


def maintenance_window(envelopes: Iterable[str]) -> Facts:
    """The terms of one maintenance window."""
    return terms_fold.maintenance(terms_fold.version(parsed(text)) for text in envelopes)


MEASUREMENTS = FactTable(measurement)
SPANS = FactTable(span)
TERMS = FactTable(term)
SUSPICIONS = FactTable(suspicion)
DEPLOYMENTS = FactTable(deployed)
TABLES = (MEASUREMENTS, SPANS, TERMS, SUSPICIONS, DEPLOYMENTS)


class Fold(NamedTuple):
    """How the events of a resource become facts, and which tables these are in."""

    facts: Callable[[Iterable[str]], Facts]
    tables: frozenset[FactTable]


FOLDS: dict[str, Fold] = {
    "incident": Fold(incident, frozenset({MEASUREMENTS, SPANS})),
    "sla_clock": Fold(sla_clock, frozenset({MEASUREMENTS})),
    "service_request": Fold(service_request, frozenset({MEASUREMENTS, SPANS})),
    "change": Fold(change, frozenset({MEASUREMENTS})),
    "improvement": Fold(improvement, frozenset({MEASUREMENTS})),
    "suspect": Fold(suspect, frozenset({SUSPICIONS})),
    "survey": Fold(survey, frozenset({MEASUREMENTS})),
    "deployment": Fold(deployment, frozenset({MEASUREMENTS, DEPLOYMENTS})),
    "service": Fold(service, frozenset({TERMS})),
    "calendar": Fold(calendar, frozenset({TERMS})),
    "maintenance_window": Fold(maintenance_window, frozenset({MEASUREMENTS, TERMS})),
}
"""Events of any other resource are kept raw."""

Rows = tuple[list[Row], list[Row], list[Row], list[Row], list[Row]]
"""Those of each of `TABLES`, in their order."""


def rows_of(subject: Subject, envelopes: Iterable[str]) -> Rows:
    """The rows that these events make, all of one subject."""
    facts = FOLDS[subject.resource].facts(envelopes)
    owner = subject[1:]
    return (
        [
            (*owner, m.measure, m.ordinal, m.at, m.value, *m.place[:3], m.detail, *m.place[3:])
            for m in facts.measurements
        ],
        [
            (*owner, s.kind, s.ordinal, s.started_at, s.ended_at, *s.place[:3], s.opened_at, *s.place[3:])
            for s in facts.spans
        ],
        [(*owner, t.ordinal, t.kind, t.key, t.since, t.form) for t in facts.terms],
        [(*owner, *s) for s in facts.suspicions],
        [(*owner, *d) for d in facts.deployments],
    )


async def restate(conn: "Connection[Any]", histories: dict[Subject, list[str]]) -> None:
    """Fold each subject's whole history and store what it changes, in the facts and in their sums."""
    summed = await in_force(conn)
    made = [rows_of(subject, envelopes) for subject, envelopes in histories.items()]
    for table, lists in zip(TABLES, zip(*made, strict=True), strict=True):
        owners = [subject[1:] for subject in histories if table in FOLDS[subject.resource].tables]
        if owners:
            stale, fresh = await table.replace(conn, owners, [row for rows in lists for row in rows])
            if table is MEASUREMENTS and summed:
                await follow(conn, stale, fresh)

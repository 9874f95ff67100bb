"""The tables of metrics, a module for each of its subjects."""

from itsm_metrics.tables.facts import MOMENT, measurement, raw_event, source, span, suspicion, term
from itsm_metrics.tables.metadata import metadata
from itsm_metrics.tables.rollups import rolled, rollup, unsummed

__all__ = [
    "MOMENT",
    "measurement",
    "metadata",
    "raw_event",
    "rolled",
    "rollup",
    "source",
    "span",
    "suspicion",
    "term",
    "unsummed",
]

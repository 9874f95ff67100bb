"""The tables of metrics, a module for each of its subjects."""

from itsm_metrics.tables.deployments import deployed
from itsm_metrics.tables.facts import MOMENT, measurement, raw_event, source, span, suspicion, term
from itsm_metrics.tables.metadata import metadata
from itsm_metrics.tables.rebuilds import SHADOWS, proof, rebuild

__all__ = [
    "MOMENT",
    "SHADOWS",
    "deployed",
    "measurement",
    "metadata",
    "proof",
    "raw_event",
    "rebuild",
    "source",
    "span",
    "suspicion",
    "term",
]

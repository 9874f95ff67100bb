"""The tables of metrics, a module for each of its subjects."""

from itsm_metrics.tables.deployments import deployed
from itsm_metrics.tables.facts import MOMENT, measurement, raw_event, source, span, suspicion, term
from itsm_metrics.tables.findings import finding, watch_policy, watch_scan
from itsm_metrics.tables.improvements import improvement, improvement_number
from itsm_metrics.tables.metadata import metadata
from itsm_metrics.tables.rebuilds import SHADOWS, proof, rebuild
from itsm_metrics.tables.rollups import rolled, rollup, unsummed
from itsm_metrics.tables.surveys import SURVEY_COLUMNS, survey, survey_policy, survey_row
from itsm_metrics.tables.targets import success_factor, target, target_round

__all__ = [
    "MOMENT",
    "SHADOWS",
    "SURVEY_COLUMNS",
    "deployed",
    "finding",
    "improvement",
    "improvement_number",
    "measurement",
    "metadata",
    "proof",
    "raw_event",
    "rebuild",
    "rolled",
    "rollup",
    "source",
    "span",
    "success_factor",
    "survey",
    "survey_policy",
    "survey_row",
    "suspicion",
    "target",
    "target_round",
    "term",
    "unsummed",
    "watch_policy",
    "watch_scan",
]

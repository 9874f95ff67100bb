"""The figures of the improvement register itself."""

from typing import Final

from itsm_metrics.rules.kpis.kpi import SERVICE, Kpi

OF_IMPROVEMENTS: Final = ("improvement",)

IMPROVEMENTS = (
    Kpi(
        "improvements_registered",
        "Improvements registered",
        "count",
        "count",
        "improvement_registered",
        "improvements identified in the period, whatever became of them",
        base=SERVICE,
        extra=("source",),
        resources=OF_IMPROVEMENTS,
        practice="Continual service improvement",
        direction=None,
    ),
    Kpi(
        "improvement_success",
        "Improvements that worked",
        "ratio",
        "rate",
        "improvement_closed",
        "improvements closed in the period whose figure was shown to have improved / improvements closed in "
        "the period that are about a figure; one of which no change was shown did not work; "
        "improvement_unmeasured counts those closed that are about an objective alone",
        excluded=("improvement_unmeasured",),
        base=SERVICE,
        extra=("source",),
        resources=OF_IMPROVEMENTS,
        practice="Continual service improvement",
        direction="up",
    ),
)

"""The figures of surveys: how content people are, and how many of them say so."""

from itsm_metrics.rules.kpis.kpi import Kpi

PLACES = ("priority", "service", "assignment_group", "offering", "business_unit", "month")
TYPES = {"record_type": ("incident", "service_request")}

SURVEYS = (
    Kpi(
        "csat",
        "Customer satisfaction",
        "ratio",
        "rate",
        "survey_answered",
        "answers of 4 or 5 / answers, over surveys first answered in the period, each by its latest answer; "
        "dimensions, priority too, are those of the record when it was resolved or fulfilled; "
        "surveys_expired counts those whose time ran out unanswered in the period, surveys_open those sent "
        "in the period that still wait",
        excluded=("surveys_expired", "surveys_open"),
        base=PLACES,
        extra=("record_type",),
        values=TYPES,
        resources=("survey",),
        practice="Business relationship management",
        direction="up",
    ),
    Kpi(
        "csat_response_rate",
        "Survey response rate",
        "ratio",
        "rate",
        "survey_sent",
        "answered / sent, over surveys sent in the period, whenever they were answered; one that still waits "
        "counts as sent, so the rate of recent weeks rises until their surveys have expired",
        base=PLACES,
        extra=("record_type",),
        values=TYPES,
        resources=("survey",),
        practice="Business relationship management",
        direction="up",
    ),
)

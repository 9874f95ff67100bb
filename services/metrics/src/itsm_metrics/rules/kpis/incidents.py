"""The figures of incidents."""

from itsm_metrics.rules.incident_fold import STALE_DAYS
from itsm_metrics.rules.kpis.kpi import Kpi

INCIDENTS = (
    Kpi(
        "mtta",
        "Mean time to acknowledge",
        "s",
        "duration",
        "acknowledged",
        "acknowledged_at - opened_at, over incidents acknowledged in the period; "
        "never_acknowledged counts those opened in the period and not acknowledged so far",
        excluded=("never_acknowledged",),
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "mttr",
        "Mean time to restore service (first resolution)",
        "s",
        "duration",
        "first_resolved",
        "first resolution - opened_at, over incidents first resolved in the period; closing an "
        "incident that was not resolved resolves it; never_resolved counts those opened in the "
        "period and not resolved so far",
        excluded=("never_resolved",),
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "mtrs",
        "Mean time to restore service (final resolution)",
        "s",
        "duration",
        "last_resolved",
        "last resolution - opened_at, over incidents last resolved in the period; never_resolved "
        "counts those opened in the period and not resolved so far",
        excluded=("never_resolved",),
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "reopen_rate",
        "Reopen rate",
        "ratio",
        "rate",
        "reopened",
        "incidents first resolved in the period that were ever reopened / incidents first resolved "
        "in the period",
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "reopenings",
        "Reopenings",
        "count",
        "sum",
        "reopening",
        "returns from resolved, closed or cancelled to an open state in the period; n is the number "
        "of incidents they happened to",
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "opened",
        "Incidents opened",
        "count",
        "count",
        "opened",
        "incidents opened in the period; category is that at opening",
        extra=("category",),
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "resolved",
        "Incidents resolved",
        "count",
        "count",
        "first_resolved",
        "incidents first resolved in the period",
        practice="Incident management",
        direction=None,
    ),
    Kpi(
        "backlog",
        "Backlog",
        "count",
        "gauge",
        "open",
        "incidents that are new, in_progress or on_hold at `to`, where they stand at `to`; month is "
        "that of opening, age the bucket of whole elapsed days since opening",
        extra=("age",),
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "backlog_age",
        "Age of the backlog",
        "s",
        "age",
        "open",
        "`to` - opened_at in whole elapsed days (a day is 86,400 s; said in seconds), over incidents "
        "that are new, in_progress or on_hold at `to`; month is that of opening, age the bucket of "
        "whole days",
        extra=("age",),
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "backlog_growth",
        "Growth of the backlog",
        "count",
        "growth",
        "open",
        "incidents that are new, in_progress or on_hold at `to` - those that were at `from`; n is the number "
        "of incidents that are so at one of the two and not at both, or stand elsewhere; month is that of "
        "opening",
        practice="Incident management",
        direction="down",
    ),
    *(
        Kpi(
            f"stale_{days}_days",
            f"Stale for {days} days",
            "ratio",
            "stale",
            "open",
            "incidents that are new, in_progress or on_hold at `to` and of which no event has told for "
            f"{days} days (of 86,400 s) / all that are so at `to`; a comment is no event of the incident; "
            "month is that of opening",
            days=days,
            practice="Incident management",
            direction="down",
        )
        for days in STALE_DAYS
    ),
    Kpi(
        "recurrence",
        "Recurrence within 30 days",
        "ratio",
        "recurrence",
        "opened",
        "incidents opened in the period less than 30 days (of 86,400 s) after another of the same service "
        "and category / those opened in the period with a service and a category; both are those at opening; "
        "uncategorised counts those opened without the one or the other",
        excluded=("uncategorised",),
        extra=("category",),
        days=30,
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "ping_pong",
        "Returns to an earlier group",
        "count",
        "mean",
        "ping_pong",
        "how often the incident went back to an assignment group that had it before, in its whole life, over "
        "incidents first resolved in the period",
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "reassignment",
        "Reassignments per incident",
        "count",
        "mean",
        "reassigned",
        "changes of assignment group over the incident's whole life, over incidents first resolved "
        "in the period; the first group is no change",
        practice="Incident management",
        direction="down",
    ),
    Kpi(
        "first_contact_resolution",
        "First-contact resolution",
        "ratio",
        "rate",
        "first_contact",
        "incidents first resolved in the period that never changed their group and were never "
        "reopened / incidents first resolved in the period",
        practice="Incident management",
        direction="up",
    ),
    Kpi(
        "time_on_hold",
        "Time on hold",
        "s",
        "sum",
        "hold_ended",
        "sum of the holds that ended in the period; a change of reason does not end a hold; n is "
        "the number of incidents held",
        practice="Incident management",
        direction="down",
    ),
)

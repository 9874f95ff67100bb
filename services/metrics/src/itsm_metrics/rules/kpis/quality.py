"""How good the events are that the figures are made of."""

from itsm_metrics.rules.kpis.kpi import Kpi

QUALITY = (
    Kpi(
        "data_quality",
        "Data quality findings",
        "count",
        "sum",
        "finding",
        "oddities in the events dated in the period: deviations that an import states, sequence_gap, "
        "sequence_conflict, time_before_predecessor, negative_interval, and of maintenance windows "
        "recurrence_refused and unknown_zone; nothing is left out of other figures for them; n is the "
        "number of records concerned",
        formula_version=4,
        extra=("code",),
        resources=("incident", "service_request", "change", "deployment", "maintenance_window"),
        practice="Service reporting",
        direction="down",
    ),
)

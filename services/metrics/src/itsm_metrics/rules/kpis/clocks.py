"""The figures of SLA clocks."""

from itsm_metrics.rules.kpis.kpi import CLOCK, Kpi

CLOCKS = (
    Kpi(
        "sla_compliance",
        "SLA compliance",
        "ratio",
        "rate",
        "clock_completed",
        "clocks met / (met + breached), over SLA, OLA and underpinning clocks completed in the period; a "
        "reopening takes a completion back until the next; n is the number of clocks; dimensions, "
        "priority too, have their value at completion; cancelled and cancelled_after_breach are dated "
        "at their end, open_and_breached at their deadline",
        excluded=("cancelled", "cancelled_after_breach", "open_and_breached"),
        extra=CLOCK,
        resources=("sla_clock",),
        practice="Service level management",
        direction="up",
    ),
    Kpi(
        "mtta_business",
        "Mean business time to respond",
        "s",
        "duration",
        "responded_business",
        "open time of the policy's calendar, without pauses, until the response, over SLA respond "
        "clocks completed in the period; where several policies match an incident each of its clocks "
        "counts",
        extra=CLOCK,
        resources=("sla_clock",),
        practice="Service level management",
        direction="down",
    ),
    Kpi(
        "mttr_business",
        "Mean business time to restore service (first resolution)",
        "s",
        "duration",
        "first_resolved_business",
        "open time of the policy's calendar, without pauses, until the first resolution, over SLA "
        "resolve clocks first completed in the period; where several policies match an incident each "
        "of its clocks counts",
        extra=CLOCK,
        resources=("sla_clock",),
        practice="Service level management",
        direction="down",
    ),
    Kpi(
        "mtrs_business",
        "Mean business time to restore service (final resolution)",
        "s",
        "duration",
        "last_resolved_business",
        "open time of the policy's calendar, without pauses, until the last resolution, over SLA "
        "resolve clocks last completed in the period; where several policies match an incident each "
        "of its clocks counts",
        extra=CLOCK,
        resources=("sla_clock",),
        practice="Service level management",
        direction="down",
    ),
)

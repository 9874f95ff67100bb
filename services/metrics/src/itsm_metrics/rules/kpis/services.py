"""The figures of services: how long they were there, how often they failed, what they cost."""

from itsm_metrics.rules.kpis.kpi import SERVICE, Kpi

HEARD = ("incident", "service", "calendar", "maintenance_window")
AGREED = (
    "agreed time is the open time of the service's availability calendar (24x7 where it has none) while it "
    "is live, at most until now, without planned maintenance; downtime is the union of the full outages of "
    "its incidents inside agreed time; cancelled incidents have no outage; maintenance is planned from when "
    "it was announced; "
)
LEFT_OUT = ("outages_without_service", "services_not_live")
OUTSIDE = (
    "; outages_without_service counts the full outages of incidents without a service, services_not_live "
    "the services that were not live in the period"
)

SERVICES = (
    Kpi(
        "availability",
        "Availability",
        "ratio",
        "availability",
        "outage",
        AGREED
        + "(agreed time - downtime) / agreed time, of several services the sum of each; n is the number of "
        "services with agreed time; target is that of the service at the end of the period" + OUTSIDE,
        excluded=LEFT_OUT,
        base=SERVICE,
        resources=HEARD,
        practice="Availability management",
        direction="up",
    ),
    Kpi(
        "mtbf",
        "Mean time between failures",
        "s",
        "between_failures",
        "outage",
        AGREED
        + "uptime is agreed time - downtime; a failure is a stretch of full outages without a gap, of one "
        "service, dated at its first moment inside agreed time; uptime / failures, of several services the "
        "sum of each; n is the number of failures" + OUTSIDE,
        excluded=LEFT_OUT,
        base=SERVICE,
        resources=HEARD,
        practice="Availability management",
        direction="up",
    ),
    Kpi(
        "mtbsi",
        "Mean time between service incidents",
        "s",
        "between_failures",
        "outage",
        AGREED
        + "MTBF + MTRS, where MTRS is downtime / failures: so agreed time / failures; n is the number of "
        "failures, dated as those of mtbf" + OUTSIDE,
        excluded=LEFT_OUT,
        base=SERVICE,
        resources=HEARD,
        practice="Availability management",
        direction="up",
    ),
    Kpi(
        "cost_per_service",
        "Cost per service",
        "money",
        "cost",
        "",
        "yearly cost while the service is live, at most until now, by the share of each calendar year (UTC) "
        "that lies in the period, each cost from when it was stated; per_request and per_incident are the "
        "same cost / requests submitted and / incidents opened in the period; n is the number of services "
        "with a cost; costs in several currencies have no sum: group by currency; services_without_cost "
        "counts those that are live without one, services_not_live those that were not live in the period",
        excluded=("services_without_cost", "services_not_live"),
        base=SERVICE,
        extra=("currency",),
        resources=("service", "service_request", "incident"),
        practice="Financial management",
        direction=None,
    ),
)

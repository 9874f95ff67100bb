"""Whether a target can be judged: by a figure with a good side, on its dimensions, in bands in order."""

from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.zone import UnknownZone, zone

from itsm_metrics.rules.bands import in_order
from itsm_metrics.rules.improvement import wrong
from itsm_metrics.rules.improvement_link import pointed, unfit
from itsm_metrics.rules.kpis import KPIS
from itsm_metrics.rules.target import Target


def check(target: Target) -> None:
    """Invalid where it could not."""
    kpi = KPIS.get(target.kpi)
    if kpi is None:
        raise wrong("kpi", f"There is no figure {target.kpi}: GET /v1/kpis lists them.")
    good = kpi.direction
    if good is None:
        raise wrong("kpi", f"Neither way is good for {target.kpi}: it can have no target.")
    findings = [
        FieldError(f"/filters/{pointed(name)}", "invalid", sentence)
        for name, value in target.filters.items()
        if (sentence := unfit(target.kpi, name, value)) is not None
    ]
    if findings:
        raise Invalid("invalid_field", " ".join(each.message for each in findings), tuple(findings))
    if (target.period == "days") != (target.days is not None):
        raise wrong("days", "days belongs to the period days, which needs it.")
    try:
        zone(target.zone)
    except UnknownZone as error:
        raise wrong("zone", str(error)) from None
    for name, value in (("green", target.green), ("amber", target.amber)):
        if kpi.unit == "ratio" and not 0 <= value <= 1:
            raise wrong(name, f"{target.kpi} is a share: {name} must be from 0 to 1.")
    if not in_order(good, target.green, target.amber):
        side = "at most" if good == "up" else "at least"
        raise wrong("amber", f"{good} is good for {target.kpi}: amber must be {side} green.")

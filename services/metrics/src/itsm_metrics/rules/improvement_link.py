"""The figure that an improvement is about: it must be one, and it must be known which way is good."""

import re
from typing import Final

from itsm_chassis.errors import FieldError, Invalid
from itsm_sla.zone import UnknownZone, zone

from itsm_metrics.rules.effect import Direction
from itsm_metrics.rules.effect_windows import Windows
from itsm_metrics.rules.improvement import Improvement, wrong
from itsm_metrics.rules.kpis import KPIS, direction

MOVING: Final = frozenset({"month"})
"""Dimensions that follow from the time, which the comparison itself is about."""


def good(improvement: Improvement) -> Direction | None:
    """Which way is good for its figure, by the figure itself or else as stated."""
    return (direction(improvement.kpi) if improvement.kpi else None) or improvement.direction


def check(improvement: Improvement) -> None:
    """Invalid where the link leads nowhere."""
    zoned(improvement.windows)
    slug, filters = improvement.kpi, improvement.filters
    if slug is None:
        given = ("filters", "direction", "target", "baseline")
        loose = [name for name in given if getattr(improvement, name) not in (None, {})]
        if loose:
            raise wrong(loose[0], f"{loose[0]} belongs to a figure: name its kpi.")
        return
    kpi = KPIS.get(slug)
    if kpi is None:
        raise wrong("kpi", f"There is no figure {slug}: GET /v1/kpis lists them.")
    findings = [
        FieldError(f"/filters/{pointed(name)}", "invalid", sentence)
        for name, value in filters.items()
        if (sentence := unfit(slug, name, value)) is not None
    ]
    if findings:
        raise Invalid("invalid_field", " ".join(each.message for each in findings), tuple(findings))
    own = direction(slug)
    if own is None and improvement.direction is None:
        raise wrong("direction", f"Neither way is good for {slug} by itself: say up or down.")
    if own is not None and improvement.direction not in (None, own):
        raise wrong("direction", f"{own} is good for {slug}.")


def unfit(slug: str, name: str, value: str) -> str | None:
    """What is wrong with a filter."""
    kpi = KPIS[slug]
    allowed = [each for each in kpi.dimensions if each not in MOVING]
    if name not in allowed:
        return f"{slug} has no dimension {name}: it has {', '.join(allowed)}."
    known = kpi.known(name)
    if value and known and value not in known:
        return f"{name} must be one of {', '.join(known)}."
    return None


def pointed(name: str) -> str:
    """A key in a JSON pointer."""
    return re.sub("/", "~1", re.sub("~", "~0", name))


def zoned(windows: Windows) -> None:
    """Invalid where the zone is none."""
    try:
        zone(windows.zone)
    except UnknownZone as error:
        raise wrong("windows/zone", str(error)) from None

"""Figures as people say them."""

from datetime import datetime, timedelta
from typing import NamedTuple

from itsm_metrics.queries.question import Result
from itsm_metrics.rules.kpis.kpi import Kpi

NOTHING = "\u2013"
SHORT, MINUTE, HOUR, DAY = 10, 60, 3600, 86_400


def value(kpi: Kpi, found: float | int | None, currency: str | None = None) -> str:
    """A value in its unit."""
    if found is None:
        return NOTHING
    if kpi.unit == "s":
        return span(found)
    if kpi.unit == "ratio":
        return f"{found * 100:.1f} %"
    if kpi.unit == "money":
        return f"{found:,.2f} {currency or ''}".strip()
    return f"{found:,.0f}" if float(found).is_integer() else f"{found:,.2f}"


def span(seconds: float) -> str:
    """A duration by its two largest units."""
    sign, whole = ("-" if seconds < 0 else ""), abs(round(seconds))
    if whole < SHORT:
        return f"{seconds:.1f} s"
    if whole < MINUTE:
        return f"{sign}{whole} s"
    if whole < HOUR:
        return f"{sign}{whole // MINUTE} min"
    if whole < DAY:
        return f"{sign}{whole // HOUR} h {whole % HOUR // MINUTE} min"
    return f"{sign}{whole // DAY} d {whole % DAY // HOUR} h"


def moment(at: datetime) -> str:
    """A time in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def ago(at: datetime, now: datetime) -> str:
    """How long since."""
    return f"{span(max((now - at) / timedelta(seconds=1), 0))} ago"


class Change(NamedTuple):
    """A figure beside that of the period before; `verdict` is better, worse or same where one of them is."""

    arrow: str
    text: str
    verdict: str


def change(kpi: Kpi, now: Result, before: Result) -> Change | None:
    """By how much it has moved; None where either of them is not known."""
    if now.value is None or before.value is None:
        return None
    moved = now.value - before.value
    if kpi.unit == "ratio":
        text = f"{abs(moved) * 100:.1f} points"
    elif before.value:
        text = f"{abs(moved / before.value) * 100:.0f} %"
    else:
        text = f"from {value(kpi, 0)}"
    if not moved:
        return Change("→", "unchanged", "same")
    good = kpi.direction
    verdict = "same" if good is None else "better" if (moved > 0) == (good == "up") else "worse"
    return Change("▲" if moved > 0 else "▼", text, verdict)

"""Times and durations in words that a person can check against a calendar on the wall."""

from datetime import datetime
from zoneinfo import ZoneInfo

from itsm_sla.instant import SECOND

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(us: int, *, days: bool = True) -> str:
    """Such as 1 d 2 h 30 min; below a second with its decimals; open time is told without days."""
    if us < 0:
        return f"minus {duration(-us, days=days)}"
    left, rest = divmod(us, SECOND)
    parts = []
    for size, unit in UNITS if days else UNITS[1:]:
        count, left = divmod(left, size)
        if size == 1 and rest:
            parts.append(f"{count}.{rest:06d}".rstrip("0") + " s")
        elif count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def local(at: datetime, place: ZoneInfo) -> str:
    """Such as Fri 2026-03-06 16:00:00 +01:00, as the wall clock of the place shows it."""
    shown = at.astimezone(place)
    text = shown.isoformat(sep=" ")
    return f"{shown:%a} {text[:-6]} {text[-6:]}"

"""Which days are compared: whole weeks before an improvement, and whole weeks after it has settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from itsm_metrics.rules.effect import LEAST_DAYS, WEEK, Scale
from itsm_metrics.rules.kpis.kpi import Kind, Kpi

DAY: Final = timedelta(days=1)
SCALES: Final[Mapping[Kind, Scale]] = {
    "duration": "time",
    "recovery": "time",
    "rate": "share",
    "failure": "share",
    "mean": "mean",
    "count": "daily",
    "sum": "daily",
}
"""How a kind of figure is compared; a state at a moment, and what comes from agreed time, is not."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How far to look: at most `longest_days` on each side, after a gap in which it settles."""

    longest_days: int = 90
    settle_days: int = 7
    zone: str = "UTC"


class Window(NamedTuple):
    """Whole days of a zone: [first, past)."""

    first: date
    past: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.past - self.first).days

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The same as a half-open period."""
        return midnight(self.first, zone), midnight(self.past, zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), zone)


def scale(kpi: Kpi) -> Scale | None:
    """How it is compared; None where it cannot be."""
    return SCALES.get(kpi.kind)


def compared(
    windows: Windows, started_at: datetime, implemented_at: datetime, now: datetime, known_since: datetime
) -> tuple[Window, Window]:
    """The days before and after; none of a side (first = past) where they are fewer than four weeks.

    Before `known_since` the figure had no fact at all, so these days say nothing. The days on which work was
    done belong to neither side.
    """
    zone = ZoneInfo(windows.zone)
    began, ended = (moment.astimezone(zone).date() for moment in (started_at, implemented_at))
    settled = ended + DAY + windows.settle_days * DAY
    known = known_since.astimezone(zone).date() + DAY
    room_before = min(windows.longest_days, (began - known).days)
    room_after = min(windows.longest_days, (now.astimezone(zone).date() - settled).days)
    return (
        Window(began - whole(room_before) * DAY, began),
        Window(settled, settled + whole(room_after) * DAY),
    )


def whole(days: int) -> int:
    """The whole weeks among these days, from four weeks on."""
    return days // WEEK * WEEK if days >= LEAST_DAYS else 0

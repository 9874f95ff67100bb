"""Which days are compared: whole weeks before an improvement, and whole weeks after it has settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from itsm_sla.zone import zone as known_zone

from itsm_metrics.rules.effect import LEAST_DAYS, WEEK, Scale
from itsm_metrics.rules.kpis.kpi import Kind, Kpi

DAY: Final = timedelta(days=1)
SCALES: Final[Mapping[Kind, Scale]] = {
    "duration": "time",
    "lead": "time",
    "recovery": "time",
    "rate": "share",
    "recurrence": "share",
    "failure": "share",
    "rework": "share",
    "mean": "mean",
    "count": "daily",
    "frequency": "daily",
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

    def midnights(self, zone: ZoneInfo) -> list[datetime]:
        """When each day begins, and when the last one ends."""
        return [midnight(self.first + n * DAY, zone) for n in range(self.days + 1)]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def scale(kpi: Kpi) -> Scale | None:
    """How it is compared; None where it cannot be."""
    return SCALES.get(kpi.kind)


def compared(
    windows: Windows,
    started_at: datetime,
    implemented_at: datetime,
    now: datetime,
    known_since: datetime | None,
) -> tuple[Window, Window]:
    """The days before and after; none of a side (first = past) where they are fewer than four weeks.

    Until `known_since` the figure had no fact at all, so these days say nothing. The days on which work was
    done belong to neither side.
    """
    zone = known_zone(windows.zone)
    began, ended = (moment.astimezone(zone).date() for moment in (started_at, implemented_at))
    settled = ended + DAY + windows.settle_days * DAY
    room_before = windows.longest_days
    if known_since is not None:
        room_before = min(room_before, (began - known_since.astimezone(zone).date() - DAY).days)
    room_after = min(windows.longest_days, (now.astimezone(zone).date() - settled).days)
    return (
        Window(began - whole(room_before) * DAY, began),
        Window(settled, settled + whole(room_after) * DAY),
    )


def whole(days: int) -> int:
    """The whole weeks among these days, from four weeks on."""
    return days // WEEK * WEEK if days >= LEAST_DAYS else 0

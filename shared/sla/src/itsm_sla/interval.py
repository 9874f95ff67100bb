"""The stretches of a clock, running or paused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from itsm_sla.business_time import elapsed
from itsm_sla.calendar import Calendar
from itsm_sla.instant import between
from itsm_sla.moment import Moment

Kind = Literal["running", "paused"]


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, end) in one state and one assignment group; `end` is None while it lasts.

    - why: what pauses it: `caller`, `vendor` ... for a hold (`hold` where no reason is known),
      `resolved`, `cancelled`; None while running
    - begun_by, ended_by: the moments that opened and closed it
    - business: open time of the clock's calendar within it, in microseconds; None while it lasts
    """

    kind: Kind
    why: str | None
    group: str | None
    start: datetime
    begun_by: Moment
    end: datetime | None = None
    ended_by: Moment | None = None
    business: int | None = None

    def elapsed(self, now: datetime) -> int:
        """Elapsed (24x7) microseconds, until `now` while it lasts."""
        return max(0, between(self.start, self.end or now))

    def open_time(self, calendar: Calendar, now: datetime) -> int:
        """Open microseconds, until `now` while it lasts."""
        return self.business if self.business is not None else elapsed(calendar, self.start, now)

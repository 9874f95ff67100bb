"""Of which time a target's figure is: the last whole month or week, or so many days up to now."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from itsm_metrics.rules.edges import begins, floor, shifted

Period = Literal["month", "week", "days"]


def periods(
    period: Period, days: int | None, place: ZoneInfo, now: datetime, count: int = 1
) -> list[tuple[datetime, datetime]]:
    """The last `count` of them, each [since, until), the oldest first.

    A month that still runs would be good at its beginning by every count, and prove nothing.
    """
    back = range(count, -1, -1)
    if period == "days":
        return list(pairwise(now - (days or 1) * steps * timedelta(days=1) for steps in back))
    first = floor(period, now.astimezone(place).replace(tzinfo=None))
    return list(pairwise(begins(shifted(period, first, -steps), place)[0] for steps in back))

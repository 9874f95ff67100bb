"""Which period a page shows: so many days up to a day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from itsm_chassis.http.query import wrong

CHOICES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "a year"}
DEFAULT = 30
BUCKETS = {7: 7, 30: 10, 90: 9, 365: 12}
"""In how many equal parts a line shows each."""


class Period(NamedTuple):
    """[since, until); `last` is the day that was asked for, None for up to now."""

    since: datetime
    until: datetime
    days: int
    last: date | None

    @property
    def before(self) -> "Period":
        """The one of the same length just before."""
        length = self.until - self.since
        return Period(self.since - length, self.since, self.days, self.last)

    @property
    def cuts(self) -> Sequence[datetime]:
        """Where its equal parts begin, and the last one ends."""
        count = BUCKETS[self.days]
        part = (self.until - self.since) / count
        return [self.since + part * each for each in range(count + 1)]

    @property
    def query(self) -> dict[str, str]:
        """The parameters that ask for it."""
        return {"days": str(self.days)} | ({"last": self.last.isoformat()} if self.last else {})


def read(given: dict[str, str], now: datetime) -> Period:
    """Takes `days` and `last` out of the parameters; `Invalid` names the one that is malformed."""
    days, last = given.pop("days", "") or str(DEFAULT), given.pop("last", "")
    if days not in map(str, CHOICES):
        raise wrong("days", "invalid_parameter", f"must be one of {', '.join(map(str, CHOICES))}")
    until = now
    day = None
    if last:
        try:
            day = date.fromisoformat(last)
        except ValueError:
            raise wrong("last", "invalid_parameter", "must be a day such as 2026-03-31") from None
        if not 1900 <= day.year < 9999:
            raise wrong("last", "invalid_parameter", "must be a day from 1900 to 9998")
        until = datetime.combine(day, time(), UTC) + timedelta(days=1)
    return Period(until - timedelta(days=int(days)), until, int(days), day)

"""Instants and durations: durations are whole microseconds, so that sums are exact in any order."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


def micros(at: datetime) -> int:
    """Microseconds from the epoch to an aware datetime; TypeError for a naive one."""
    return (at - EPOCH) // MICROSECOND


def instant(us: int) -> datetime:
    """The datetime in UTC so many microseconds after the epoch; OverflowError after the year 9999."""
    return EPOCH + timedelta(microseconds=us)


def between(start: datetime, end: datetime) -> int:
    """Microseconds of elapsed (24x7) time from start to end; negative where end lies before it."""
    return (end - start) // MICROSECOND


def rfc3339(at: datetime) -> str:
    """The instant in UTC as RFC 3339 text with Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

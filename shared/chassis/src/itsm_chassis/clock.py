"""The only place that reads the clock; everywhere else `now` comes in as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, in UTC, with microseconds."""
    return datetime.now(UTC)


def text(moment: datetime) -> str:
    """RFC 3339 in UTC with Z, as every answer and event writes a time."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

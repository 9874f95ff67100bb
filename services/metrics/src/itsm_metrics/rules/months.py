"""A period cut into months and years of UTC; all moments are microseconds."""

from datetime import datetime

from itsm_sla.instant import instant, micros


def months(since: int, until: int) -> list[tuple[str, int, int]]:
    """The months of [since, until): their name, and the part of each that lies in it."""
    found = []
    first = instant(since).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while micros(first) < until:
        after = following(first)
        found.append((f"{first:%Y-%m}", max(since, micros(first)), min(until, micros(after))))
        first = after
    return found


def following(month: datetime) -> datetime:
    """The first of the next month."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def years(since: int, until: int) -> list[tuple[int, int, int]]:
    """The years of [since, until): the part of each that lies in it, and the length of the whole year."""
    found = []
    first = instant(since).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    while micros(first) < until:
        after = first.replace(year=first.year + 1)
        begin, end = micros(first), micros(after)
        found.append((max(since, begin), min(until, end), end - begin))
        first = after
    return found

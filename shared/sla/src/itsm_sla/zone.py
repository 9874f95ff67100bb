"""IANA time zones, read from the `tzdata` package and never from the machine.

So two replicas on different images compute the same clock, and the rules of the zones are a locked
version like everything else that a clock depends on.
"""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

from itsm_sla.instant import DAY, MICROSECOND, SECOND, instant

ROOT: Final = resources.files("tzdata")


class UnknownZone(ValueError):
    """The name is none of the IANA time zone database; write one such as Europe/Berlin or UTC."""


@cache
def names() -> frozenset[str]:
    """Every name of a zone that `zone` takes."""
    return frozenset(ROOT.joinpath("zones").read_text().split())


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of this name; UnknownZone where there is none."""
    if name not in names():
        raise UnknownZone(f"{name!r} is no IANA time zone; write one such as Europe/Berlin or UTC.")
    with ROOT.joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def offset(place: ZoneInfo, at: int) -> int:
    """How far local time is ahead of UTC at an instant, both in microseconds."""
    ahead = instant(at).astimezone(place).utcoffset()
    assert ahead is not None, "an aware datetime has an offset"  # noqa: S101 - tells mypy, no check of input
    return ahead // MICROSECOND


def offsets(place: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """[start, end) cut where the offset changes: (from, to, offset), all in microseconds.

    Looks at both ends of each day and searches the second in between where they differ; no zone has
    ever changed its offset and back within a day.
    """
    since, current, at = start, offset(place, start), start
    while at < end:
        after = min(at + DAY, end)
        if (changed := offset(place, after)) != current:
            low, high = at // SECOND, -(-after // SECOND)
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(place, middle * SECOND) == current else (low, middle)
            yield since, min(high * SECOND, end), current
            since, current = high * SECOND, changed
        at = after
    if since < end:
        yield since, end, current

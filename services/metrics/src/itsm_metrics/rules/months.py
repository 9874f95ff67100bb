"""A period cut into the months of a zone and the years of UTC; all moments are microseconds."""

from itertools import pairwise

from itsm_sla.instant import instant, micros
from itsm_sla.zone import zone

from itsm_metrics.rules.edges import edges

MOST = 200_000
"""More months than the calendar has."""


def months(since: int, until: int, place: str = "UTC") -> list[tuple[str, int, int]]:
    """The months of [since, until): their name, and the part of each that lies in it."""
    if since >= until:
        return []
    there = zone(place)
    cuts = edges("month", there, instant(since), instant(until), MOST)
    return [(f"{start.astimezone(there):%Y-%m}", micros(start), micros(end)) for start, end in pairwise(cuts)]


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

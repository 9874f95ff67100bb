"""What is said of a process."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from math import floor
from typing import NamedTuple
from uuid import UUID

SECOND = 1_000_000


class Wait(NamedTuple):
    """How long one activity lasted until the next, in seconds."""

    p50: float
    p90: float
    total: float


class Edge(NamedTuple):
    """That one activity followed another."""

    before: str
    after: str
    n: int
    wait: Wait


class Variant(NamedTuple):
    """A sequence of activities, and the cases that took it."""

    activities: Sequence[str]
    n: int
    share: float


class Rework(NamedTuple):
    """In how many cases, how often, and in which share of the cases."""

    cases: int
    times: int
    share: float | None


class Example(NamedTuple):
    """A record."""

    record: UUID
    name: str


class Illegal(NamedTuple):
    """A transition that the lifecycle does not know; without `before`: a beginning."""

    before: str | None
    after: str
    n: int
    records: Sequence[Example]


class Conformance(NamedTuple):
    """How many cases kept to the lifecycle, and what the others did."""

    cases: int
    share: float | None
    illegal: Sequence[Illegal]


class Flow(NamedTuple):
    """A process, as its cases went; the most frequent first."""

    cases: int
    events: int
    activities: Sequence[tuple[str, int]]
    variants: Sequence[Variant]
    places: Mapping[str, float]
    """Where in a case an activity is, in the mean: 0 its beginning, 1 its end."""
    edges: Sequence[Edge]
    starts: Sequence[tuple[str, int]]
    ends: Sequence[tuple[str, int]]
    rework: Mapping[str, Rework]
    bottleneck: Edge | None
    conformance: Conformance
    excluded: Mapping[str, int]
    negative_waits: int
    fresh_as_of: datetime | None


def waits(microseconds: Sequence[int]) -> Wait:
    """What a number of waits have in common; there is at least one."""
    ordered = sorted(microseconds)
    return Wait(quantile(ordered, 5), quantile(ordered, 9), float(Fraction(sum(ordered), SECOND)))


def quantile(ordered: Sequence[int], tenths: int) -> float:
    """Interpolated linearly between neighbours, in seconds."""
    place = Fraction((len(ordered) - 1) * tenths, 10)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return float((ordered[below] + (ordered[above] - ordered[below]) * (place - below)) / SECOND)


def ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first, those of one count by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

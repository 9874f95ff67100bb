"""What is odd about a record's events: counted, never dropped."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

from itsm_metrics.rules.facts import Measurement, Place
from itsm_metrics.rules.walk import S, Walk

GAP = "sequence_gap"
"""Events are missing before this one; they are late, or lost."""
RIVAL = "sequence_conflict"
"""Two different events claim the same version; the one with the lower id counts."""
BACKWARDS = "time_before_predecessor"
NEGATIVE = "negative_interval"
"""A duration below zero; it stays in the figures."""
RECURRENCE = "recurrence_refused"
"""A maintenance window recurs by a rule that is none, or none for windows; its first occurrence counts."""
ZONE = "unknown_zone"
"""A maintenance window recurs in no known time zone; its first occurrence counts."""

Oddity = tuple[datetime, Place, str]


def findings(path: Walk[S], timed: Iterable[Measurement], more: Iterable[Oddity] = ()) -> list[Measurement]:
    """One `finding` for each oddity: those that the events state, those seen in the whole, and `more`."""
    odd = [(step.time, path.place(step), code) for step, code in (*stated(path), *seen(path))]
    below = {m.at: m.place for m in timed if m.value is not None and m.value < 0}
    return counted([*odd, *((at, place, NEGATIVE) for at, place in below.items()), *more])


def counted(odd: Iterable[Oddity]) -> list[Measurement]:
    """A fact for each oddity."""
    return [Measurement("finding", n, at, 1, place, code) for n, (at, place, code) in enumerate(odd)]


def stated(path: Walk[S]) -> Iterator[tuple[S, str]]:
    """The deviations that the owner of the record counted itself."""
    for step in path.steps:
        for code in step.deviations:
            yield step, code


def seen(path: Walk[S]) -> Iterator[tuple[S, str]]:
    """What only the sequence of events shows, unless the owner said so already."""
    for before, after in pairwise(path.steps):
        if after.sequence > before.sequence + 1:
            yield after, GAP
        if after.sequence in path.contested:
            yield after, RIVAL
        if after.time < before.time and BACKWARDS not in after.deviations:
            yield after, BACKWARDS

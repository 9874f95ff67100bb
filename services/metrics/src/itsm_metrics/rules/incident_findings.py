"""What is odd about an incident's events: counted, never dropped."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from itsm_metrics.rules.facts import Measurement
from itsm_metrics.rules.incident_steps import Step, Walk

GAP = "sequence_gap"
"""Events are missing before this one; they are late, or lost."""
RIVAL = "sequence_conflict"
"""Two different events claim the same version; the one with the lower id counts."""
BACKWARDS = "time_before_predecessor"
NEGATIVE = "negative_interval"
"""A duration below zero; it stays in the figures."""


def findings(path: Walk, timed: Iterable[Measurement]) -> list[Measurement]:
    """One `finding` for each oddity: those that the events state, and those seen in the whole."""
    odd = [(step.time, path.place(step), code) for step, code in (*stated(path), *seen(path))]
    below = {m.at: m.place for m in timed if m.value is not None and m.value < 0}
    odd += [(at, place, NEGATIVE) for at, place in below.items()]
    return [Measurement("finding", n, at, 1, place, code) for n, (at, place, code) in enumerate(odd)]


def stated(path: Walk) -> Iterator[tuple[Step, str]]:
    """The deviations that the owner of the record counted itself."""
    for step in path.steps:
        for code in step.deviations:
            yield step, code


def seen(path: Walk) -> Iterator[tuple[Step, str]]:
    """What only the sequence of events shows, unless the owner said so already."""
    for before, after in pairwise(path.steps):
        if after.sequence > before.sequence + 1:
            yield after, GAP
        if after.sequence in path.contested:
            yield after, RIVAL
        if after.time < before.time and BACKWARDS not in after.deviations:
            yield after, BACKWARDS

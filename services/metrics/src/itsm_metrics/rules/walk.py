"""A record's events as steps in the order of its versions, whatever the order of arrival."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from itsm_metrics.rules.facts import Place, Span

MICROSECOND = timedelta(microseconds=1)


class Versioned(Protocol):
    """Something that an event said of a version of a record."""

    @property
    def sequence(self) -> int:
        """The version."""

    @property
    def event(self) -> str:
        """The event's id."""


V = TypeVar("V", bound=Versioned)


def version(said: Versioned) -> tuple[int, str]:
    """Where it belongs in its record's life."""
    return said.sequence, said.event


def inorder(said: Iterable[V]) -> list[V]:
    """One per version; of two rivals that with the lower id, whichever came first."""
    first: dict[int, V] = {}
    for each in sorted(said, key=version):
        first.setdefault(each.sequence, each)
    return list(first.values())


class Step(Versioned, Protocol):
    """A record after one event. `sequence` 0 is its beginning itself, before any event."""

    @property
    def time(self) -> datetime:
        """When it happened."""

    @property
    def status(self) -> str:
        """The state that it led to."""

    @property
    def deviations(self) -> tuple[str, ...]:
        """What its owner found odd about it."""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about the record."""

    def began(self: "S") -> "S":
        """The beginning that the record must have had, if this is its first step."""

    def place(self: "S", start: "S") -> Place:
        """Where the record stood, given how it began."""


S = TypeVar("S", bound=Step)


class Walk(NamedTuple, Generic[S]):
    """One record's steps, its beginning first; `turns` are the steps that changed its state."""

    steps: list[S]
    turns: list[tuple[S, S]]
    contested: frozenset[int]
    """Versions that more than one event claims."""

    @property
    def start(self) -> S:
        """The beginning."""
        return self.steps[0]

    def place(self, step: S) -> Place:
        """Where the record stood at a step."""
        return step.place(self.start)


def walk(steps: Iterable[S]) -> Walk[S]:
    """The steps in the order of versions, each version once; there must be at least one.

    Which of two rivals for a version counts depends on their ids alone, never on which came first.
    The beginning is put before the first step, so a record whose first event has not come yet is
    known to have been open since it began.
    """
    ordered = sorted(steps, key=version)
    history = [ordered[0].began()]
    contested: set[int] = set()
    for each in ordered:
        if each.sequence != history[-1].sequence:
            history.append(each)
        elif each.event != history[-1].event:
            contested.add(each.sequence)
    turns = [(before, after) for before, after in pairwise(history) if before.status != after.status]
    return Walk(history, turns, frozenset(contested))


def open_spans(path: Walk[S], kind: str) -> list[Span]:
    """When it was open, and where: a new span whenever its place changes.

    A step dated before its predecessor counts as of the predecessor, so that no moment lies in two spans.
    """
    spans: list[Span] = []
    began_at = clock = since = path.start.time
    standing: Place | None = None

    def leave(until: datetime | None) -> None:
        if standing is not None and until != since:
            spans.append(Span(kind, len(spans), since, until, standing, began_at))

    for step in path.steps:
        clock = max(clock, step.time)
        place = path.place(step) if step.is_open else None
        if place != standing:
            leave(clock)
            standing, since = place, clock
    leave(None)
    return spans


def between(start: datetime, end: datetime) -> int:
    """Whole microseconds from start to end; negative where a clock was wrong."""
    return (end - start) // MICROSECOND


def moment(text: str | None) -> datetime | None:
    """A time, where there is one."""
    return datetime.fromisoformat(text) if text else None


def said_at(said: Mapping[str, Any]) -> datetime:
    """When an event happened."""
    return datetime.fromisoformat(said["time"])

"""What a clock shows at a moment. Times come in and go out as aware datetimes, durations as microseconds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from itsm_sla.clock import Clock, Threshold
from itsm_sla.instant import micros

Verdict = Literal["met", "breached", "cancelled", "cancelled_after_breach", "open", "open_breached"]
"""How a clock counts: compliance is met / (met + breached), and the others are told apart."""


@dataclass(frozen=True, slots=True)
class GroupTime:
    """A group's part of a clock's time, None for nobody's; all in microseconds."""

    group: str | None
    elapsed: int
    business: int
    paused: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock at a moment; durations in microseconds.

    - elapsed: 24x7 time that it ran, without pauses; paused: 24x7 time that it stood still
    - business: open time of its calendar that it ran, which is what the target is compared with
    - remaining: target minus business; negative when it ran over
    - reached: thresholds passed, in per cent
    - groups: the same times by assignment group, in the order of first assignment
    """

    elapsed: int
    business: int
    paused: int
    remaining: int
    due_at: datetime | None
    breached: bool
    verdict: Verdict
    reached: tuple[int, ...]
    groups: tuple[GroupTime, ...]


def read(clock: Clock, now: datetime) -> Reading:
    """What the clock shows; an ended clock shows the same for ever."""
    groups = by_group(clock, now)
    business = sum(each.business for each in groups)
    return Reading(
        sum(each.elapsed for each in groups),
        business,
        sum(each.paused for each in groups),
        clock.target.us - business,
        clock.due_at,
        breached(clock, now),
        verdict(clock, now),
        tuple(mark.percent for mark in clock.thresholds if passed(clock, mark, now)),
        groups,
    )


def by_group(clock: Clock, now: datetime) -> tuple[GroupTime, ...]:
    """The clock's time per assignment group."""
    times: dict[str | None, list[int]] = {}
    for each in clock.intervals:
        sums = times.setdefault(each.group, [0, 0, 0])
        if each.kind == "running":
            sums[0] += each.elapsed(now)
            sums[1] += each.open_time(clock.calendar, now)
        else:
            sums[2] += each.elapsed(now)
    return tuple(GroupTime(group, *sums) for group, sums in times.items())


def passed(clock: Clock, mark: Threshold, now: datetime) -> bool:
    """Whether the clock was still going on after the moment when the threshold was due, and that is over."""
    if mark.due_at is None:
        return False
    return mark.due_at <= now if clock.ended_at is None else mark.due_at < clock.ended_at


def breached(clock: Clock, now: datetime) -> bool:
    """Whether the deadline fell before the clock ended; ending at the very deadline meets it."""
    return passed(clock, clock.thresholds[-1], now)


def verdict(clock: Clock, now: datetime) -> Verdict:
    """How the clock counts."""
    late = breached(clock, now)
    if clock.state == "completed":
        return "breached" if late else "met"
    if clock.state == "cancelled":
        return "cancelled_after_breach" if late else "cancelled"
    return "open_breached" if late else "open"


def tightest(clocks: Iterable[Clock]) -> Clock | None:
    """The clock to show: of those that go on the one that is due first, or else has least open time left.

    A clock that is paused before its deadline has no due date, so it comes after those that have one.
    """
    going = [each for each in clocks if each.ended_at is None]
    return min(going, key=urgency, default=None)


def urgency(clock: Clock) -> tuple[bool, int, tuple[str, str, int]]:
    """Sorts clocks that go on by due date, paused ones behind by what is left."""
    if clock.due_at is not None:
        return False, micros(clock.due_at), clock.identity
    ran = sum(each.business or 0 for each in clock.intervals if each.kind == "running")
    return True, clock.target.us - ran, clock.identity

"""A second computation of the resolve clock, minute by minute: slow, plain, and nothing of the package in it.

It looks at each minute on the wall clock and asks whether the office is open, and goes through the states
of the record one after another. It knows whole minutes of opening hours and whole seconds of events.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache

IsOpen = Callable[[int], bool]
"""Whether a minute (counted from 1970 in UTC) is open."""


@dataclass
class State:
    """The record from this second on."""

    second: int
    status: str
    priority: str | None


@dataclass
class Found:
    """What the clock comes to, in seconds from 1970."""

    business: int
    due: int | None
    ended: int | None
    breached: bool


def office(place: tzinfo, opening: Mapping[int, Sequence[tuple[int, int]]], holidays: set[date]) -> IsOpen:
    """Opening minutes per weekday (0 is Monday) that do not go on past midnight."""

    @cache
    def is_open(minute: int) -> bool:
        wall = datetime.fromtimestamp(minute * 60, UTC).astimezone(place)
        if wall.date() in holidays:
            return False
        shown = wall.hour * 60 + wall.minute
        return any(start <= shown < end for start, end in opening.get(wall.weekday(), ()))

    return is_open


def resolve_clock(
    opened: int, states: Sequence[State], targets: Mapping[str, int], is_open: IsOpen, now: int
) -> Found:
    """The clock of the priority that counts last, at `now`."""
    target, end, outcome = 0, None, ""
    for state in states:
        if state.status in ("new", "in_progress", "on_hold"):
            target, end, outcome = targets[state.priority or ""], None, ""
            continue
        entered = "cancelled" if state.status == "cancelled" else "done"
        if entered != outcome:
            end, outcome = state.second, entered
    business, due = 0, None
    for index, state in enumerate(states):
        start = opened if index == 0 else state.second
        stop = states[index + 1].second if index + 1 < len(states) else max(now, start)
        if state.status not in ("new", "in_progress"):
            continue
        while start < stop:
            minute_end = min(stop, (start // 60 + 1) * 60)
            if is_open(start // 60):
                if due is None and business + minute_end - start >= target:
                    due = start + target - business
                business += minute_end - start
            start = minute_end
    late = due is not None and (due < end if end is not None else due <= now)
    return Found(business, due, end, late)

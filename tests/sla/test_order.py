"""Clocks are a function of what happened, not of when one hears of it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_sla.business_time import elapsed
from itsm_sla.clock import Clock, clocks, lines
from itsm_sla.instant import between
from itsm_sla.moment import History, Moment
from itsm_sla.reading import read
from itsm_sla.timer import fired, next_due

from . import plain
from .cases import office, policy, resolve, respond
from .strategies import histories

few = settings(max_examples=40, deadline=None)
AGREED = [
    policy(respond(1), resolve(4, "P1"), resolve(8, "P2"), resolve(30)),
    policy(resolve(3, None, "mail"), key="mail", services=frozenset({"mail"}), pauses=frozenset({"vendor"})),
    policy(respond(0.5), resolve(2), key="internal", kind="ola"),
    policy(resolve(5), key="supplier", kind="underpinning", groups=frozenset({"network"})),
]
CALENDARS = [office("Australia/Lord_Howe")]


def made(history: History) -> tuple[Clock, ...]:
    return clocks(history, AGREED, CALENDARS)


@few
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repeats_are_irrelevant(history: History, chance: random.Random) -> None:
    arrived = [*history.moments, *chance.sample(history.moments, len(history.moments) // 2)]
    chance.shuffle(arrived)
    other, policies = History(history.opened_at, ()), list(AGREED)
    chance.shuffle(policies)
    for moment in arrived:
        other = other.then(moment)
    assert clocks(other, policies, CALENDARS) == made(history)


@few
@given(histories())
def test_what_timers_fired_event_by_event_is_what_a_replay_says(history: History) -> None:
    live: list[tuple[tuple[str, str, int], int, datetime]] = []
    end = history.moments[-1].at + timedelta(days=60)
    grown = History(history.opened_at, ())
    for moment, until in pairwise((*history.moments, None)):
        assert moment is not None
        grown = grown.then(moment)
        now = moment.at - timedelta(microseconds=1)
        for clock in made(grown):
            live += [(clock.identity, *mark) for mark in timed(clock, now, until.at if until else end)]
    replayed = [
        (clock.identity, mark.percent, mark.fires_at)
        for clock in made(history)
        for mark in clock.thresholds
        if mark.fires_at is not None and mark.fires_at < end
    ]
    assert sorted(live) == sorted(replayed)


def timed(clock: Clock, after: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
    """What a timer fires that sleeps from one due moment to the next."""
    while (due := next_due(clock, after)) is not None and due < until:
        yield from ((mark.percent, due) for mark in fired(clock, after, due))
        after = due


@few
@given(histories())
def test_each_clock_s_intervals_lie_end_to_end_and_add_up(history: History) -> None:
    now = history.moments[-1].at + timedelta(days=10)
    for clock in made(history):
        spans = clock.intervals
        ends = [each.end for each in spans]
        assert [each.start for each in spans] == [clock.started_at, *ends[:-1]][: len(spans)]
        assert not spans or ends[-1] == clock.ended_at
        shown = read(clock, now)
        until = clock.ended_at or now
        assert shown.elapsed + shown.paused == between(clock.started_at, until)
        ran = (each for each in spans if each.kind == "running")
        assert shown.business == sum(elapsed(clock.calendar, each.start, each.end or now) for each in ran)


@few
@given(histories())
def test_the_running_time_until_the_due_date_is_the_target_whatever_the_pauses(history: History) -> None:
    for clock in made(history):
        if clock.due_at is None or clock.ended_at is not None:
            continue
        ran = (each for each in clock.intervals if each.kind == "running" and each.start < clock.due_at)
        counted = (
            elapsed(clock.calendar, each.start, min(each.end or clock.due_at, clock.due_at)) for each in ran
        )
        assert sum(counted) == clock.target.us
        assert plain.deadline(clock.calendar, clock.intervals, clock.target.us, None) == clock.due_at


@few
@given(histories())
def test_thresholds_fire_once_and_in_order_and_a_new_clock_fires_the_highest_alone(history: History) -> None:
    for clock in made(history):
        dates = [mark.fires_at for mark in clock.thresholds if mark.fires_at is not None]
        assert dates == sorted(dates)
        assert sum(date == clock.attached_at for date in dates) <= 1
        end = clock.started_at + timedelta(days=100)
        assert len(fired(clock, None, end)) <= 1
        assert fired(clock, clock.started_at, end) == tuple(
            mark for mark in clock.thresholds if mark.fires_at and mark.fires_at <= end
        )


@settings(max_examples=60, deadline=None)
@given(histories(most=14))
def test_counted_step_by_step_each_clock_is_what_the_whole_history_gives(history: History) -> None:
    found = lines(history, AGREED, CALENDARS)
    steps = history.steps()
    for count, moment in enumerate(steps, 1):
        for line in found:
            line.then(moment)
        known = replace(history, moments=steps[:count])
        assert tuple(clock for line in found for clock in line.clocks()) == plain.clocks(
            known, AGREED, CALENDARS
        )


def test_a_history_of_thousands_of_holds_and_targets_is_counted_as_plainly() -> None:
    """A plain count of a long one is slow, so it is compared once, at its end."""
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    history = History(
        start,
        tuple(
            Moment(
                f"e{n}",
                n,
                start + timedelta(minutes=n),
                "on_hold" if n % 2 else "in_progress",
                "vendor" if n % 6 == 1 else "caller" if n % 2 else None,
                ("P1", "P2", "P3")[n // 7 % 3],
                ("mail", "web")[n // 11 % 2],
                (None, "desk", "network")[n // 5 % 3],
            )
            for n in range(1, 501)
        ),
    )
    found = made(history)
    assert len(found) > 200
    assert found == plain.clocks(history, AGREED, CALENDARS)

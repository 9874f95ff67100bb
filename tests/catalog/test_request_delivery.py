"""The delivery clock: what counts of the promise, when it is due, and whether it was kept."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from itsm_catalog.rules.requests.delivery import ROUND_THE_CLOCK, breach_due
from itsm_catalog.rules.requests.lifecycle import Transition, caught_up, move
from itsm_catalog.rules.requests.request import ServiceRequest
from itsm_sla.business_time import elapsed
from itsm_sla.calendar import Calendar
from itsm_sla.clock import clocks
from itsm_sla.moment import History, Moment
from itsm_sla.policy import Policy, Target
from support.requests import HOUR, START, WORKING_HOURS, after, moved, submitted

WAYS = {
    "submitted": ("in_fulfilment",),
    "in_fulfilment": ("on_hold", "fulfilled"),
    "on_hold": ("in_fulfilment",),
    "fulfilled": ("in_fulfilment",),
}
STEPS = st.lists(
    st.tuples(st.integers(1, 3 * 24 * 3600 * 1_000_000), st.integers(0, 1)), min_size=1, max_size=12
)
CALENDARS = st.sampled_from([ROUND_THE_CLOCK, WORKING_HOURS])


def walked(steps: Any, calendar: Calendar) -> tuple[ServiceRequest, list[Moment]]:
    """A request after random moves, and the same as the SLA engine reads it."""
    request, at = submitted(calendar, reopen_days=10_000, delivery_time_s=30 * HOUR), START
    moments = [Moment("0", 1, at, "submitted")]
    for number, (pause, choice) in enumerate(steps, 2):
        at += timedelta(microseconds=pause)
        ways = WAYS[request.status]
        request = moved(request, ways[choice % len(ways)], at, calendar)
        moments.append(Moment(str(number), number, at, request.status, hold_reason=request.hold_reason))
    return request, moments


@given(STEPS, CALENDARS)
def test_it_is_the_clock_that_the_sla_engine_computes_from_the_same_events(
    steps: Any, calendar: Calendar
) -> None:
    request, moments = walked(steps, calendar)
    agreed = Policy("p", 1, "P", "sla", START, START, calendar.key, (Target("fulfil", 30 * HOUR),))
    [clock] = clocks(History(START, tuple(moments), "request"), [agreed], [calendar])
    running = [each for each in clock.intervals if each.kind == "running"]
    counted = sum(each.business for each in running if each.business is not None)
    assert round(request.delivery.counted_s * 1_000_000) == counted
    if request.status == "in_fulfilment" and counted <= 30 * HOUR * 1_000_000:
        assert request.due_at == clock.due_at
    if request.status == "fulfilled":
        assert request.on_time == (counted <= 30 * HOUR * 1_000_000)
        assert request.business_s == request.delivery.counted_s
    if request.status == "on_hold":
        assert request.due_at is None


@given(STEPS, CALENDARS)
def test_the_deadline_is_when_the_open_time_without_pauses_is_used_up(steps: Any, calendar: Calendar) -> None:
    request, _ = walked(steps, calendar)
    clock = request.delivery
    if clock.running_since is not None and clock.counted_s <= 30 * HOUR:
        assert clock.due_at is not None
        left = elapsed(calendar, clock.running_since, clock.due_at)
        assert round(clock.counted_s * 1_000_000) + left == 30 * HOUR * 1_000_000


@given(STEPS, CALENDARS)
def test_a_breach_is_told_at_most_once_and_told_where_the_promise_was_broken(
    steps: Any, calendar: Calendar
) -> None:
    request, at = submitted(calendar, reopen_days=10_000, delivery_time_s=30 * HOUR), START
    told: list[datetime] = []
    for pause, choice in steps:
        at += timedelta(microseconds=pause)
        ways = WAYS[request.status]
        to: Any = ways[choice % len(ways)]
        needs: Any = {"on_hold": {"reason": "vendor"}, "fulfilled": {"fulfilment_note": "Done."}}
        events = move(request, Transition(to, **needs.get(to, {})), at, calendar)
        told += [event.at for event in events if event.what == "breached"]
        assert [event.state.version for event in events] == [
            request.version + n for n in range(1, len(events) + 1)
        ]
        request = events[-1].state
    assert len(told) <= 1
    if request.delivery.running_since is None:
        assert bool(told) == (request.delivery.counted_s > 30 * HOUR)


def test_a_hold_over_the_weekend_moves_the_deadline_by_open_time_alone() -> None:
    friday_16 = after(4 * 24 + 8)
    request = moved(
        submitted(WORKING_HOURS, delivery_time_s=50 * HOUR), "in_fulfilment", START, WORKING_HOURS
    )
    assert request.due_at == after(4 * 24 + 10)
    held = moved(request, "on_hold", friday_16, WORKING_HOURS)
    assert held.due_at is None
    monday_9 = after(7 * 24 + 1)
    back = moved(held, "in_fulfilment", monday_9, WORKING_HOURS)
    assert back.due_at == monday_9 + timedelta(hours=2)


def test_fulfilled_at_the_very_moment_is_in_time_and_a_microsecond_later_is_not() -> None:
    request = moved(submitted(), "in_fulfilment", after(1))
    assert moved(request, "fulfilled", after(4)).on_time is True
    late = move(
        request,
        Transition("fulfilled", fulfilment_note="x"),
        after(4) + timedelta(microseconds=1),
        ROUND_THE_CLOCK,
    )
    assert [event.what for event in late] == ["breached", "fulfilled"]
    assert (late[0].at, late[-1].state.on_time) == (after(4), False)


def test_without_a_promise_nothing_is_due_and_time_is_measured_all_the_same() -> None:
    request = submitted(WORKING_HOURS, delivery_time_s=None)
    assert (request.due_at, breach_due(request.delivery)) == (None, None)
    done = moved(
        moved(request, "in_fulfilment", after(1), WORKING_HOURS), "fulfilled", after(30), WORKING_HOURS
    )
    assert (done.on_time, done.business_s) == (None, 16 * HOUR)
    assert caught_up(request, after(1000), after(1000)) == []


def test_the_time_between_fulfilment_and_reopening_does_not_count() -> None:
    done = moved(moved(submitted(), "in_fulfilment", after(1)), "fulfilled", after(3))
    again = moved(done, "in_fulfilment", after(20))
    assert again.due_at == after(21)
    assert moved(again, "fulfilled", after(20.5)).business_s == 3.5 * HOUR

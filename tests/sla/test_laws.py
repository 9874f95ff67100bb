"""Laws of business time that hold in every calendar and zone."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from itsm_sla.business_time import due, elapsed, openings
from itsm_sla.calendar import Calendar
from itsm_sla.instant import MICROSECOND, between
from itsm_sla.openings import NeverDue

from .cases import H, always, at, office
from .strategies import calendars, instants, targets

few = settings(max_examples=40, deadline=None)


@few
@given(calendars, instants, targets)
def test_elapsed_until_due_is_the_target(calendar: Calendar, start: datetime, target: int) -> None:
    assert elapsed(calendar, start, due(calendar, start, target)) == target


@few
@given(calendars, instants, targets)
def test_due_is_the_least_such_instant(calendar: Calendar, start: datetime, target: int) -> None:
    deadline = due(calendar, start, target)
    assert elapsed(calendar, start, deadline - MICROSECOND) == target - 1


@few
@given(calendars, instants, instants, instants)
def test_elapsed_adds_up_and_never_shrinks(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert elapsed(calendar, a, b) + elapsed(calendar, b, c) == elapsed(calendar, a, c)
    assert 0 <= elapsed(calendar, a, b) <= elapsed(calendar, a, c) <= between(a, c)


@few
@given(calendars, instants, targets, targets)
def test_a_longer_target_is_due_later(calendar: Calendar, start: datetime, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert due(calendar, start, low) <= due(calendar, start, high)
    assert (due(calendar, start, low) == due(calendar, start, high)) == (low == high)


@few
@given(calendars, instants, instants)
def test_the_open_intervals_are_apart_and_sum_up_to_elapsed(
    calendar: Calendar, a: datetime, b: datetime
) -> None:
    a, b = sorted((a, b))
    found = list(openings(calendar, a, b))
    assert sum(between(*each) for each in found) == elapsed(calendar, a, b)
    assert all(before[1] < after[0] for before, after in pairwise(found))


@few
@given(instants, targets)
def test_around_the_clock_business_time_is_elapsed_time(start: datetime, target: int) -> None:
    assert due(always(), start, target) == start + timedelta(microseconds=target)


def test_a_night_shift_goes_on_past_midnight_and_a_holiday_ends_it_there() -> None:
    night = office(opens=22, closes=6)  # Friday's shift reaches into Saturday
    assert elapsed(night, at("2026-03-06T21:00:00+01:00"), at("2026-03-07T12:00:00+01:00")) == 8 * H
    shut = office(opens=22, closes=6, closed=("2026-03-07",))
    assert elapsed(shut, at("2026-03-06T21:00:00+01:00"), at("2026-03-07T12:00:00+01:00")) == 2 * H


def test_nothing_is_elapsed_backwards_and_no_target_lies_in_the_past() -> None:
    start = at("2026-03-03T10:00:00+01:00")
    assert elapsed(office(), start, at("2026-03-03T09:00:00+01:00")) == 0
    assert due(office(), start, 0) == start
    with pytest.raises(ValueError, match="past"):
        due(office(), start, -1)


def test_a_target_beyond_the_end_of_time_is_refused_in_words() -> None:
    with pytest.raises(NeverDue, match="9999"):
        due(office(), at("9990-01-01T00:00:00Z"), 10**6 * H)

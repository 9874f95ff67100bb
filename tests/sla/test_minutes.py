"""The clocks agree with a second computation, minute by minute, on random histories."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from itsm_sla.calendar import Calendar, Holiday, Hours, weekdays
from itsm_sla.clock import clocks
from itsm_sla.instant import SECOND, micros
from itsm_sla.moment import History
from itsm_sla.reading import read
from itsm_sla.zone import zone as place

from . import minutes
from .cases import LONG_AGO, policy, resolve
from .strategies import ZONES, histories

WITHIN = {"P1": 2, "P2": 8, "P3": 30}


def seconds(at: datetime | None) -> int | None:
    return None if at is None else micros(at) // SECOND


@settings(max_examples=40, deadline=None)
@given(
    histories(),
    st.sampled_from(ZONES),
    st.dictionaries(
        st.integers(0, 6), st.tuples(st.integers(0, 12), st.integers(13, 24)), min_size=1, max_size=7
    ),
    st.lists(st.integers(0, 30), max_size=4, unique=True),
)
def test_the_last_clock_is_what_one_counts_minute_by_minute(
    history: History, zone: str, opening: dict[int, tuple[int, int]], closed: list[int]
) -> None:
    dates = [(history.opened_at + timedelta(days=days)).date() for days in closed]
    expected, now = counted(history, zone, opening, set(dates))
    week = weekdays({day: [Hours(start * 60, end * 60)] for day, (start, end) in opening.items()})
    days = tuple(Holiday(day, "holiday") for day in dates)
    calendar = Calendar("office", 1, "Office", LONG_AGO, LONG_AGO, zone, week, days)
    targets = [resolve(hours, priority) for priority, hours in WITHIN.items()]
    clock = clocks(history, [policy(*targets)], [calendar])[-1]
    shown = read(clock, now)
    assert shown.business == expected.business * SECOND
    assert seconds(clock.ended_at) == expected.ended
    assert shown.breached == expected.breached
    if expected.breached:
        assert seconds(clock.due_at) == expected.due


def counted(
    history: History, zone: str, opening: dict[int, tuple[int, int]], closed: set[date]
) -> tuple[minutes.Found, datetime]:
    """What the other computation makes of it a while after the last event."""
    now = history.moments[-1].at + timedelta(days=3)
    states = [minutes.State(micros(m.at) // SECOND, m.status, m.priority) for m in history.moments]
    is_open = minutes.office(
        place(zone), {day: [(start * 60, end * 60)] for day, (start, end) in opening.items()}, closed
    )
    within = {priority: hours * 3600 for priority, hours in WITHIN.items()}
    opened = micros(history.opened_at) // SECOND
    return minutes.resolve_clock(opened, states, within, is_open, micros(now) // SECOND), now

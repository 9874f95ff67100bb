"""History from elsewhere: any state may follow any other, and what is odd is counted."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_incident.rules.history import DEVIATIONS
from itsm_incident.rules.incident import OPEN, Event
from itsm_incident.rules.lifecycle import TRANSITIONS

from .states import NOW, OPENED, history, step, told

STATES = ("in_progress", "on_hold", "resolved", "closed", "cancelled")


def odd(events: list[Event]) -> list[str]:
    return [code for event in events for code in event.deviations]


def test_every_item_is_at_least_one_event_at_its_own_time() -> None:
    events = history(step(0, "in_progress"), step(1), step(2, assignee="ben"), step(3, "in_progress"))
    assert [event.what for event in events] == ["opened", "started", "updated", "assigned", "updated"]
    assert [event.at for event in events[1:]] == [OPENED + timedelta(hours=n) for n in range(4)]
    assert [event.state.version for event in events] == [1, 2, 3, 4, 5]
    assert all(event.state.imported and event.state.created_at == NOW for event in events)


def test_leaving_the_end_for_an_open_state_is_a_reopening_and_then_that_state() -> None:
    for end in ("resolved", "closed", "cancelled"):
        assert told(step(1, end), step(2, "in_progress"))[-1] == "reopened"
        assert told(step(1, end), step(2, "on_hold", hold_reason="vendor"))[-2:] == ["reopened", "held"]
    last = history(step(1, "closed"), step(2, "on_hold"))[-1].state
    assert (last.status, last.reopen_count, last.closed_at) == ("on_hold", 1, None)


def test_closed_outside_resolved_is_resolved_at_the_same_time() -> None:
    events = history(step(1, "in_progress"), step(2, "closed"))
    assert [event.what for event in events[-2:]] == ["resolved", "closed"]
    last = events[-1].state
    assert last.first_resolved_at == last.resolved_at == last.closed_at == OPENED + timedelta(hours=2)
    assert odd(events) == ["unusual_transition", "closed_without_resolved", "missing_resolution_code"]
    assert told(step(1, "resolved"), step(2, "closed")) == ["opened", "resolved", "closed"]


def test_resolved_again_is_no_new_resolution_and_resolved_after_closed_is() -> None:
    again = history(step(1, "resolved"), step(2, "resolved", resolution_code="other"))[-1]
    assert (again.what, again.state.resolved_at) == ("updated", OPENED + timedelta(hours=1))
    assert again.state.resolution_code == "other"
    after = history(step(1, "resolved"), step(2, "closed"), step(3, "resolved"))[-1]
    assert (after.what, after.state.status, after.state.closed_at) == ("resolved", "resolved", None)
    assert after.state.first_resolved_at == OPENED + timedelta(hours=1)
    assert after.state.resolved_at == OPENED + timedelta(hours=3)
    assert after.state.reopen_count == 0


def test_a_cancellation_keeps_the_resolution_before_it() -> None:
    last = history(step(1, "resolved"), step(2, "cancelled"))[-1].state
    assert (last.status, last.first_resolved_at) == ("cancelled", OPENED + timedelta(hours=1))


def test_a_change_of_hold_reason_is_not_the_end_of_the_hold() -> None:
    events = history(
        step(1, "in_progress"),
        step(2, "on_hold", "Which room?", hold_reason="caller"),
        step(3, "on_hold", hold_reason="vendor"),
        step(4, "on_hold"),
    )
    assert [event.what for event in events[2:]] == ["held", "updated", "updated"]
    assert [event.state.hold_reason for event in events[2:]] == ["caller", "vendor", "vendor"]
    assert odd(events) == []


def test_the_sources_priority_is_kept_until_it_is_cleared() -> None:
    events = history(step(1, impact="low"), step(2, priority="P2"), step(3, priority=None), priority="P1")
    kept = [(event.state.priority, event.state.priority_matrix) for event in events]
    assert kept == [("P1", "imported"), ("P1", "imported"), ("P2", "imported"), ("P4", "default.1")]


def test_absent_is_unchanged_and_null_is_cleared() -> None:
    events = history(step(1, assignment_group="g", assignee="ben"), step(2), step(3, assignee=None))
    hands = [(event.state.assignment_group, event.state.assignee) for event in events[1:]]
    assert hands == [("g", "ben"), ("g", "ben"), ("g", None)]


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ([step(-1)], ["time_before_predecessor"]),
        ([step(5), step(4)], ["time_before_predecessor"]),
        ([step(0), step(0)], ["time_equal_to_predecessor"]),
        ([step(24 * 400)], ["over_a_year_since_predecessor"]),
        ([step(1, "on_hold")], ["unusual_transition", "missing_hold_reason"]),
        ([step(1, "in_progress"), step(2, "on_hold", hold_reason="caller")], ["missing_caller_comment"]),
        ([step(1, "resolved")], ["missing_resolution_code"]),
        ([step(1, "in_progress", hold_reason="vendor")], ["hold_reason_outside_hold"]),
        ([step(1, "resolved", resolution_code="x"), step(2, "cancelled")], ["unusual_transition"]),
    ],
)
def test_each_oddity_is_counted(steps: list[object], codes: list[str]) -> None:
    assert odd(history(*steps)) == codes  # type: ignore[arg-type]  # steps are made by chance or by a table


def test_the_files_order_is_kept_though_times_run_back() -> None:
    events = history(step(5, "in_progress"), step(2, "resolved"))
    assert [event.at for event in events[1:]] == [OPENED + timedelta(hours=h) for h in (5, 2)]


steps = st.lists(
    st.builds(
        step,
        st.integers(-5, 50_000),
        st.sampled_from([None, *STATES]),
        hold_reason=st.sampled_from([None, "caller", "vendor"]),
        assignee=st.sampled_from([None, "ben", "eve"]),
    ),
    max_size=25,
)


@given(steps)
def test_any_history_gives_sound_events(given_steps: list[object]) -> None:
    events = history(*given_steps)  # type: ignore[arg-type]  # steps are made by chance or by a table
    assert [event.state.version for event in events] == list(range(1, len(events) + 1))
    assert len(events) >= 1 + len(given_steps)
    assert set(odd(events)) <= set(DEVIATIONS)
    reopened = 0
    for before, after in pairwise(events):
        one, two = before.state, after.state
        reopened += after.what == "reopened"
        assert two.reopen_count == reopened
        assert (after.what == "reopened") == (one.status not in OPEN and two.status in OPEN)
        assert (after.what == "resolved") == (one.status != "resolved" and two.status == "resolved")
        legal = one.status == two.status or two.status in TRANSITIONS[one.status]
        assert legal or any("unusual_transition" in event.deviations for event in (before, after))
        assert two.hold_reason is None or two.status == "on_hold"
        assert two.closed_at is None or two.status == "closed"
        assert (two.resolved_at is None) == (two.first_resolved_at is None)

"""The golden cases: each was once a bug in a well-known system. Dates are spelled out."""

import pytest
from itsm_sla.business_time import due, elapsed
from itsm_sla.clock import clocks
from itsm_sla.moment import Moment
from itsm_sla.reading import read
from itsm_sla.timer import next_due

from .cases import H, at, office, only, policy, resolve, respond, told

HOLD = {"status": "on_hold", "hold_reason": "caller"}
WORK = {"status": "in_progress"}
DONE = {"status": "resolved"}


def test_a_pause_over_a_weekend_takes_only_its_open_hours_off_the_clock() -> None:
    # Friday 6 March 2026, 14:00 in Berlin; held 16:00 to Monday 10:00: 4 open hours, 66 by the clock.
    history = told(
        ("2026-03-06T14:00:00+01:00", {}),
        ("2026-03-06T16:00:00+01:00", HOLD),
        ("2026-03-09T10:00:00+01:00", WORK),
    )
    clock = only(history, policy(resolve(8)))
    assert [each.business for each in clock.intervals] == [2 * H, 4 * H, None]
    assert clock.due_at == at("2026-03-09T16:00:00+01:00")
    shown = read(clock, at("2026-03-09T12:00:00+01:00"))
    assert (shown.business, shown.elapsed, shown.paused) == (4 * H, 4 * H, 66 * H)


def test_a_priority_raised_while_pending_starts_retroactively_and_keeps_the_pause() -> None:
    # Held from 09:00, raised at 12:00, resumed at 13:00: the hour before the hold counts, the hold does not.
    history = told(
        ("2026-03-03T08:00:00+01:00", {}),
        ("2026-03-03T09:00:00+01:00", HOLD),
        ("2026-03-03T12:00:00+01:00", {"priority": "P1"}),
        ("2026-03-03T13:00:00+01:00", WORK),
    )
    old, new = clocks(history, [policy(resolve(8, "P3"), resolve(2, "P1"))], [office()])
    assert (old.state, old.ending, old.ended_at) == (
        "cancelled",
        "target_changed",
        at("2026-03-03T12:00:00+01:00"),
    )
    assert (new.state, new.started_at) == ("running", at("2026-03-03T08:00:00+01:00"))
    assert new.attached_at == at("2026-03-03T12:00:00+01:00")
    assert new.due_at == at("2026-03-03T14:00:00+01:00")


def test_paused_to_resolved_in_one_step_completes_without_counting_the_pause() -> None:
    history = told(
        ("2026-03-03T08:00:00+01:00", {}),
        ("2026-03-03T10:00:00+01:00", HOLD),
        ("2026-03-05T09:00:00+01:00", DONE),
    )
    clock = only(history, policy(resolve(3)))
    shown = read(clock, at("2026-03-10T00:00:00+01:00"))
    assert (clock.state, clock.ended_at) == ("completed", at("2026-03-05T09:00:00+01:00"))
    assert (shown.business, shown.verdict) == (2 * H, "met")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 29 March 2026: the night has 02:00-03:00 no more; Saturday 22:00 plus 8 h is 07:00.
        ("2026-03-28T22:00:00+01:00", "2026-03-29T07:00:00+02:00"),
        # 25 October 2026: 02:00-03:00 comes twice; Saturday 22:00 plus 8 h is 05:00.
        ("2026-10-24T22:00:00+02:00", "2026-10-25T05:00:00+01:00"),
    ],
    ids=["spring", "autumn"],
)
def test_a_day_on_which_the_clocks_change_has_the_hours_that_it_has(start: str, expected: str) -> None:
    night_and_day = office(opens=0, closes=24, days=7)
    assert due(night_and_day, at(start), 8 * H) == at(expected)


def test_opened_on_a_holiday_starts_at_the_next_opening() -> None:
    # 1 May 2026 is a Friday and a holiday: the clock starts to count on Monday 4 May, 08:00.
    history = told(("2026-05-01T10:00:00+02:00", {}))
    clock = only(history, policy(resolve(8)), office(closed=("2026-05-01",)))
    assert clock.due_at == at("2026-05-04T16:00:00+02:00")
    assert read(clock, at("2026-05-04T08:00:00+02:00")).business == 0


def test_reopened_after_three_days_goes_on_where_it_stood_and_keeps_the_first_completion() -> None:
    # Resolved Tuesday 10:00 after 2 h, reopened Friday 10:00, resolved again at 13:00: 5 h of 8.
    history = told(
        ("2026-03-03T08:00:00+01:00", {}),
        ("2026-03-03T10:00:00+01:00", DONE),
        ("2026-03-06T10:00:00+01:00", WORK),
    )
    clock = only(history, policy(resolve(8)))
    assert (clock.state, clock.due_at) == ("running", at("2026-03-06T16:00:00+01:00"))
    again = Moment("e4", 4, at("2026-03-06T13:00:00+01:00"), "resolved", None, "P3", None, "desk")
    clock = only(history.then(again), policy(resolve(8)))
    assert [(each.kind, each.why) for each in clock.intervals] == [
        ("running", None),
        ("paused", "resolved"),
        ("running", None),
    ]
    assert clock.first_completed_at == at("2026-03-03T10:00:00+01:00")
    assert clock.ended_at == at("2026-03-06T13:00:00+01:00")
    assert read(clock, at("2026-03-07T00:00:00+01:00")).business == 5 * H


def test_a_change_of_group_does_not_drop_the_clock_and_starts_the_olas_of_the_new_group() -> None:
    history = told(
        ("2026-03-03T08:00:00+01:00", {}), ("2026-03-03T10:00:00+01:00", {"assignment_group": "network"})
    )
    agreed = [policy(resolve(8)), policy(resolve(4), key="internal", kind="ola")]
    sla, desk, network = clocks(history, agreed, [office()])
    assert (sla.state, sla.due_at) == ("running", at("2026-03-03T16:00:00+01:00"))
    assert [(part.group, part.business) for part in read(sla, at("2026-03-03T11:00:00+01:00")).groups] == [
        ("desk", 2 * H),
        ("network", H),
    ]
    assert (desk.state, desk.ending, read(desk, sla.started_at).verdict) == (
        "completed",
        "group_changed",
        "met",
    )
    assert (network.started_at, network.due_at) == (
        at("2026-03-03T10:00:00+01:00"),
        at("2026-03-03T14:00:00+01:00"),
    )


def test_first_response_and_pending_in_one_update_completes_the_response_and_pauses_the_resolution() -> None:
    history = told(
        ("2026-03-03T08:00:00+01:00", {}), ("2026-03-03T08:30:00+01:00", HOLD | {"assignee": "an agent"})
    )
    response, resolution = clocks(history, [policy(respond(1), resolve(8))], [office()])
    assert (response.state, response.ended_at) == ("completed", at("2026-03-03T08:30:00+01:00"))
    assert (resolution.state, resolution.due_at) == ("paused", None)


def test_no_reminder_comes_at_the_midnight_of_another_zone() -> None:
    # Opened in Kathmandu on Tuesday at 17:00, open until 18:00: 50 % of 2 h at closing time, the rest on
    # Wednesday from 08:00; nothing at 00:00 UTC, which is 05:45 there, nor at the midnight of Kathmandu.
    nepal = office("Asia/Kathmandu")
    clock = only(told(("2026-03-03T17:00:00+05:45", {})), policy(resolve(2)), nepal)
    half, most = at("2026-03-03T18:00:00+05:45"), at("2026-03-04T08:30:00+05:45")
    assert next_due(clock, clock.started_at) == half
    assert next_due(clock, half) == most
    assert next_due(clock, at("2026-03-04T00:00:00Z")) == most
    assert elapsed(nepal, half, at("2026-03-04T00:00:00Z")) == 0
    assert clock.due_at == at("2026-03-04T09:00:00+05:45")

"""What each event does to a clock, and which clocks there are."""

from dataclasses import replace
from typing import Any

from itsm_sla.clock import clocks, without_calendar
from itsm_sla.reading import read, tightest
from itsm_sla.timer import fired, next_due

from .cases import H, always, at, office, only, policy, resolve, respond, told

OPENED: tuple[str, dict[str, Any]] = ("2026-03-03T08:00:00+01:00", {})
LATER = at("2026-04-01T00:00:00Z")
HOLD = {"status": "on_hold", "hold_reason": "vendor"}


def test_resolved_with_another_priority_in_one_update_completes_the_old_target() -> None:
    history = told(OPENED, ("2026-03-03T12:00:00+01:00", {"status": "resolved", "priority": "P1"}))
    (clock,) = clocks(history, [policy(resolve(8, "P3"), resolve(1, "P1"))], [office()])
    assert (clock.state, clock.target.priority, read(clock, LATER).verdict) == ("completed", "P3", "met")


def test_a_priority_changed_while_resolved_takes_effect_when_reopened() -> None:
    history = told(
        OPENED,
        ("2026-03-03T10:00:00+01:00", {"status": "resolved"}),
        ("2026-03-03T11:00:00+01:00", {"priority": "P1"}),
        ("2026-03-03T12:00:00+01:00", {"status": "in_progress"}),
    )
    old, new = clocks(history, [policy(resolve(8, "P3"), resolve(3, "P1"))], [office()])
    assert (old.state, old.ended_at) == ("cancelled", at("2026-03-03T12:00:00+01:00"))
    assert new.due_at == at("2026-03-03T13:00:00+01:00")
    assert new.first_completed_at == at("2026-03-03T10:00:00+01:00")


def test_a_change_of_service_resets_like_one_of_priority_and_may_end_the_agreement() -> None:
    agreed = policy(resolve(8, None, "mail"), services=frozenset({"mail"}))
    history = told(OPENED, ("2026-03-03T09:00:00+01:00", {"service": "web"}), service="mail")
    (clock,) = clocks(history, [agreed], [office()])
    assert (clock.state, clock.ending) == ("cancelled", "target_changed")


def test_of_thresholds_already_passed_at_the_reset_only_the_highest_fires() -> None:
    # Raised at 11:30, 3.5 h in: 50 % of 4 h fell at 10:00 and 75 % at 11:00.
    history = told(OPENED, ("2026-03-03T11:30:00+01:00", {"priority": "P1"}))
    _, new = clocks(history, [policy(resolve(8, "P3"), resolve(4, "P1"))], [office()])
    assert [(mark.percent, mark.due_at, mark.fires_at) for mark in new.thresholds] == [
        (50, at("2026-03-03T10:00:00+01:00"), None),
        (75, at("2026-03-03T11:00:00+01:00"), new.attached_at),
        (90, at("2026-03-03T11:36:00+01:00"), at("2026-03-03T11:36:00+01:00")),
        (100, at("2026-03-03T12:00:00+01:00"), at("2026-03-03T12:00:00+01:00")),
    ]
    assert [mark.percent for mark in fired(new, None, new.attached_at)] == [75]
    assert next_due(new, new.attached_at) == at("2026-03-03T11:36:00+01:00")


def test_a_clock_cancelled_after_its_breach_is_told_apart() -> None:
    agreed = policy(resolve(2))
    late = told(OPENED, ("2026-03-03T11:00:00+01:00", {"status": "cancelled"}))
    early = told(OPENED, ("2026-03-03T09:00:00+01:00", {"status": "cancelled"}))
    assert [read(only(each, agreed), LATER).verdict for each in (late, early)] == [
        "cancelled_after_breach",
        "cancelled",
    ]


def test_completing_at_the_very_deadline_meets_it_and_a_microsecond_later_does_not() -> None:
    agreed = policy(resolve(2))
    for time, verdict in (("10:00:00", "met"), ("10:00:00.000001", "breached")):
        history = told(OPENED, (f"2026-03-03T{time}+01:00", {"status": "resolved"}))
        assert read(only(history, agreed), LATER).verdict == verdict


def test_a_clock_due_at_closing_time_is_breached_although_the_night_does_not_count() -> None:
    history = told(OPENED, ("2026-03-03T20:00:00+01:00", {"status": "resolved"}))
    assert read(only(history, policy(resolve(10))), LATER).breached


def test_only_the_hold_reasons_of_the_policy_pause() -> None:
    history = told(OPENED, ("2026-03-03T09:00:00+01:00", HOLD))
    states = [
        only(history, policy(pauses=reasons)).state
        for reasons in (None, frozenset({"vendor"}), frozenset({"caller"}), frozenset[str]())
    ]
    assert states == ["paused", "paused", "running", "running"]


def test_a_change_of_the_hold_s_reason_begins_another_pause() -> None:
    history = told(
        OPENED, ("2026-03-03T09:00:00+01:00", HOLD), ("2026-03-03T10:00:00+01:00", {"hold_reason": "caller"})
    )
    assert [each.why for each in only(history, policy()).intervals] == [None, "vendor", "caller"]


def test_an_ola_counts_each_stay_in_a_group_by_itself() -> None:
    history = told(
        OPENED,
        ("2026-03-03T09:00:00+01:00", {"assignment_group": "network"}),
        ("2026-03-03T12:00:00+01:00", {"assignment_group": "desk"}),
        ("2026-03-03T13:00:00+01:00", {"status": "resolved"}),
    )
    agreed = policy(resolve(2), key="internal", kind="ola")
    stays = [(read(c, LATER).business, read(c, LATER).verdict) for c in clocks(history, [agreed], [office()])]
    assert stays == [(H, "met"), (3 * H, "breached"), (H, "met")]


def test_an_ola_s_response_is_a_person_and_nobody_s_group_has_none() -> None:
    history = told(
        OPENED,
        ("2026-03-03T09:00:00+01:00", {"status": "in_progress", "assignment_group": "desk"}),
        ("2026-03-03T09:30:00+01:00", {"assignee": "an agent"}),
        assignment_group=None,
    )
    (response,) = clocks(history, [policy(respond(1), kind="ola")], [office()])
    assert read(response, LATER).business == H // 2


def test_a_response_is_never_taken_back() -> None:
    history = told(
        OPENED,
        ("2026-03-03T08:30:00+01:00", {"assignee": "an agent"}),
        ("2026-03-03T09:00:00+01:00", {"assignee": None, "priority": "P1"}),
    )
    response = only(history, policy(respond(1)))
    assert (response.state, response.ended_at) == ("completed", at("2026-03-03T08:30:00+01:00"))


def test_a_person_named_at_the_opening_responds_at_once() -> None:
    response = only(told(OPENED, assignee="an agent"), policy(respond(1)))
    assert (response.state, response.intervals, response.ended_at) == ("completed", (), response.started_at)


def test_a_request_is_fulfilled_and_its_cart_may_wait_for_approval() -> None:
    steps = (
        ("2026-03-03T08:00:00+01:00", {"status": "submitted"}),
        ("2026-03-03T09:00:00+01:00", {"status": "awaiting_approval"}),
        ("2026-03-03T10:00:00+01:00", {"status": "in_fulfilment"}),
        ("2026-03-03T11:00:00+01:00", {"status": "fulfilled"}),
    )
    fulfil = replace(resolve(4), measure="fulfil")
    (clock,) = clocks(replace(told(*steps), resource="request"), [policy(fulfil, resolve(4))], [office()])
    assert (clock.measure, clock.ending, read(clock, LATER).business) == ("fulfil", "fulfilled", 3 * H)


def test_the_closest_target_wins_service_before_priority() -> None:
    agreed = policy(resolve(8), resolve(6, "P3"), resolve(4, None, "mail"), resolve(2, "P1", "mail"))
    assert only(told(OPENED, service="mail"), agreed).target.seconds == 4 * 3600
    assert only(told(OPENED, service="web"), agreed).target.seconds == 6 * 3600
    assert only(told(OPENED, service="mail", priority="P1"), agreed).target.seconds == 2 * 3600


def test_the_tightest_clock_is_the_one_that_is_due_first_and_a_paused_one_comes_last() -> None:
    agreed = [policy(resolve(8)), policy(resolve(30), key="around", calendar="always", pauses=frozenset())]
    calendars = [office(), always()]
    running, held = told(OPENED), told(OPENED, ("2026-03-03T09:00:00+01:00", HOLD))
    shown = [tightest(clocks(each, agreed, calendars)) for each in (running, held)]
    assert [clock.policy.key for clock in shown if clock] == ["gold", "around"]
    assert tightest(()) is None


def test_a_policy_whose_calendar_has_not_arrived_waits_for_it() -> None:
    history = told(OPENED)
    assert clocks(history, [policy()], []) == ()
    assert [each.key for each in without_calendar(history, [policy()], [])] == ["gold"]


def test_a_first_event_that_is_late_leaves_the_record_new_since_its_opening() -> None:
    history = told(("2026-03-03T10:00:00+01:00", {"status": "in_progress"}))
    clock = only(replace(history, opened_at=at("2026-03-03T08:00:00+01:00")), policy())
    assert clock.due_at == at("2026-03-03T16:00:00+01:00")


def test_a_moment_dated_before_its_predecessor_counts_as_of_it() -> None:
    history = told(
        OPENED,
        ("2026-03-03T12:00:00+01:00", HOLD),
        ("2026-03-03T09:00:00+01:00", {"status": "resolved"}),
    )
    assert only(history, policy()).ended_at == at("2026-03-03T12:00:00+01:00")

"""A clock explained, so that a person can check it with a calendar on the wall."""

from dataclasses import replace
from datetime import date

from itsm_sla.calendar import Holiday, Hours
from itsm_sla.closed_days import closed_days
from itsm_sla.explanation import explain
from itsm_sla.words import duration

from .cases import at, office, only, policy, resolve, told

HISTORY = told(
    ("2026-03-06T14:00:00+01:00", {}),
    ("2026-03-06T16:00:00+01:00", {"status": "on_hold", "hold_reason": "caller"}),
    ("2026-03-09T10:00:00+01:00", {"status": "in_progress"}),
)


def test_every_interval_is_told_with_the_events_around_it_and_what_counts() -> None:
    told_of = explain(only(HISTORY, policy(resolve(8))), at("2026-03-09T12:00:00+01:00"))
    assert told_of.agreed == (
        "SLA Gold (version 1): resolve within 8 h for everything, counted in calendar Office hours "
        "(version 1, Europe/Berlin) from Fri 2026-03-06 14:00:00 +01:00."
    )
    assert [row.sentence for row in told_of.rows] == [
        (
            "Fri 2026-03-06 14:00:00 +01:00 to Fri 2026-03-06 16:00:00 +01:00: running in desk, from event 1 "
            "(new, e1) until event 2 (on_hold, e2); 2 h open of 2 h elapsed, counted 2 h so far."
        ),
        (
            "Fri 2026-03-06 16:00:00 +01:00 to Mon 2026-03-09 10:00:00 +01:00: paused (caller) in desk, "
            "from event 2 (on_hold, e2) until event 3 (in_progress, e3); 4 h open of 2 d 18 h elapsed "
            "(closed Sat 7 - Sun 8 Mar 2026), not counted."
        ),
        (
            "Mon 2026-03-09 10:00:00 +01:00 to Mon 2026-03-09 12:00:00 +01:00: running in desk, from event 3 "
            "(in_progress, e3) lasting; 2 h open of 2 h elapsed, counted 4 h so far."
        ),
    ]
    assert told_of.result == (
        "Running at Mon 2026-03-09 12:00:00 +01:00 with 4 h of 8 h; is due at Mon 2026-03-09 16:00:00 "
        "+01:00: not breached."
    )


def test_what_is_counted_in_the_end_is_what_the_clock_shows() -> None:
    shown = explain(only(HISTORY, policy(resolve(3))), at("2026-03-09T12:00:00+01:00"))
    assert shown.rows[-1].total == shown.reading.business
    assert shown.result.endswith("was due at Mon 2026-03-09 11:00:00 +01:00: breached.")


def test_durations_are_told_without_days_where_they_are_open_time() -> None:
    hours = 30 * 3600 * 10**6
    assert (duration(hours), duration(hours, days=False)) == ("1 d 6 h", "30 h")
    assert (duration(0), duration(-90_000_000), duration(1_500_000)) == ("0 s", "minus 1 min 30 s", "1.5 s")


def test_closed_days_and_holidays_are_named_by_date_and_a_long_list_is_cut() -> None:
    easter = (
        Holiday(date(2026, 4, 3), "Good Friday"),
        Holiday(date(2026, 4, 6), "Easter Monday", (Hours(8 * 60, 12 * 60),)),
    )
    desk = replace(office(), holidays=easter)
    start, end = at("2026-04-02T16:00:00+02:00"), at("2026-04-07T10:00:00+02:00")
    assert closed_days(desk, start, end) == (
        "holiday Good Friday (Fri 3 Apr 2026), closed Sat 4 - Sun 5 Apr 2026, "
        "holiday Easter Monday (Mon 6 Apr 2026, open 08:00-12:00)"
    )
    assert closed_days(desk, start, at("2026-04-03T00:00:00+02:00")) == ""
    assert closed_days(desk, at("2026-02-28T12:00:00+01:00"), at("2026-03-02T00:00:00+01:00")) == (
        "closed Sat 28 Feb 2026 - Sun 1 Mar 2026"
    )
    assert closed_days(desk, start, at("2027-04-02T16:00:00+02:00")).endswith(", and 48 more")
    assert closed_days(desk, start, start) == ""

"""When maintenance recurs: on the wall clock of its zone, and never at any price."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from itsm_metrics.rules.recurrence import occurrences, read

BERLIN = "Europe/Berlin"


def told(first: str, last: str, rule: str | None, until: str, place: str = BERLIN) -> list[str]:
    """The occurrences as 'start/end' in UTC, to the minute."""
    starts, ends, end = (datetime.fromisoformat(text) for text in (first, last, until))
    return [
        f"{since.astimezone(UTC):%m-%dT%H:%M}/{after.astimezone(UTC):%m-%dT%H:%M}"
        for since, after in occurrences(starts, ends, rule, place, end)
    ]


def test_it_begins_and_ends_at_the_same_times_of_day_when_the_clocks_change() -> None:
    found = told("2025-03-23T01:00+01:00", "2025-03-23T04:00+01:00", "FREQ=WEEKLY", "2025-04-07T00:00Z")
    assert found == ["03-23T00:00/03-23T03:00", "03-30T00:00/03-30T02:00", "04-05T23:00/04-06T02:00"]
    found = told("2025-10-19T01:00+02:00", "2025-10-19T04:00+02:00", "FREQ=WEEKLY", "2025-11-01T00:00Z")
    assert found == ["10-18T23:00/10-19T02:00", "10-25T23:00/10-26T03:00"]


def test_a_time_of_day_that_is_skipped_begins_as_if_the_clock_had_not_changed() -> None:
    found = told("2025-03-29T02:30+01:00", "2025-03-29T05:00+01:00", "FREQ=DAILY", "2025-03-31T00:00Z")
    assert found == ["03-29T01:30/03-29T04:00", "03-30T01:30/03-30T03:00"]


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (None, [1]),
        ("FREQ=DAILY;COUNT=3", [1, 2, 3]),
        ("RRULE:FREQ=DAILY;INTERVAL=10", [1, 11, 21, 31]),
        ("freq=weekly;byday=mo,th", [1, 5, 8, 12, 15, 19, 22, 26, 29]),
        ("FREQ=WEEKLY;BYDAY=TH;COUNT=2", [1, 8]),
        ("FREQ=MONTHLY;BYDAY=-1FR", [1, 30]),
        ("FREQ=DAILY;UNTIL=20260103", [1, 2, 3]),
        ("FREQ=DAILY;UNTIL=20260103T225900Z", [1, 2, 3]),
        ("FREQ=DAILY;UNTIL=20260102T225900Z", [1, 2]),
        ("FREQ=DAILY;UNTIL=20260103T235900", [1, 2, 3]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", [1]),
    ],
)
def test_rules_as_people_write_them(rule: str | None, days: list[int]) -> None:
    """The first occurrence, Thursday 1 January 2026 at 23:59 in Berlin, is one whatever the rule says."""
    starts = datetime.fromisoformat("2026-01-01T23:59+01:00")
    until = datetime(2026, 2, 1, tzinfo=UTC)
    found = occurrences(starts, starts + timedelta(minutes=1), rule, BERLIN, until)
    assert [since.astimezone(starts.tzinfo).day for since, _ in found] == days


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=1",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;COUNT=9999999999",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20261341",
        "FREQ=DAILY;FREQ=SECONDLY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY\nRRULE:FREQ=SECONDLY",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY",
        "INTERVAL=2",
        "every day",
        "",
        "FREQ=DAILY;BYMONTH=" + ",".join(["1"] * 300),
    ],
)
def test_a_rule_that_is_none_or_gives_more_than_dates_leaves_the_first_occurrence(rule: str) -> None:
    assert read(rule) is None
    assert told("2026-01-01T01:00Z", "2026-01-01T02:00Z", rule, "2026-03-01T00:00Z") == [
        "01-01T01:00/01-01T02:00"
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9",
        "FREQ=DAILY;INTERVAL=99999",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=DAILY",
    ],
)
@pytest.mark.parametrize("first", ["0001-01-02T00:00Z", "2006-01-01T00:00Z", "9998-12-30T00:00Z"])
def test_a_rule_that_never_recurs_or_for_ever_costs_no_more_than_an_honest_one(rule: str, first: str) -> None:
    began = time.process_time()
    starts = datetime.fromisoformat(first)
    until = datetime(9999, 12, 31, tzinfo=UTC)
    found = list(occurrences(starts, starts + timedelta(hours=1), rule, BERLIN, until))
    assert 1 <= len(found) <= 20 * 366 + 1
    assert time.process_time() - began < 2


def test_an_unknown_zone_or_an_absurd_length_leaves_the_first_occurrence() -> None:
    first = ("2026-01-01T01:00Z", "2026-01-01T02:00Z", "FREQ=DAILY", "2026-01-09T00:00Z")
    assert len(told(*first, place="Mars/Base")) == 1
    assert len(told(first[0], "9998-01-01T00:00Z", *first[2:])) == 1
    assert told(first[1], first[0], *first[2:]) == [], "what ends before it begins is never"

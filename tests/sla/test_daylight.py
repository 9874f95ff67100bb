"""The days on which clocks are changed, in three zones; in Lord Howe by thirty minutes."""

from dataclasses import replace

import pytest
from itsm_sla.business_time import due, elapsed, openings
from itsm_sla.calendar import Hours, weekdays

from .cases import H, at, office

DAYS = [
    ("Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 23),
    ("Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 25),
    ("America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00", 23),
    ("America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00", 25),
    ("Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30", 24.5),
    ("Australia/Lord_Howe", "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00", 23.5),
]


@pytest.mark.parametrize(("zone", "start", "end", "length"), DAYS)
def test_the_whole_day_is_as_long_as_it_is(zone: str, start: str, end: str, length: float) -> None:
    calendar = office(zone, opens=0, closes=24, days=7)
    assert elapsed(calendar, at(start), at(end)) == int(length * H)
    assert due(calendar, at(start), int(length * H)) == at(end)


@pytest.mark.parametrize(("zone", "start", "end", "length"), DAYS)
def test_office_hours_keep_their_length(zone: str, start: str, end: str, length: float) -> None:
    calendar = office(zone, days=7)
    assert elapsed(calendar, at(start), at(end)) == 10 * H


@pytest.mark.parametrize(
    ("zone", "start", "end", "open_hours"),
    [
        # 01:30 to 03:30: in spring 01:30-02:00 and 03:00-03:30, in autumn 02:00-03:00 twice.
        ("Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 1),
        ("Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 3),
        ("Australia/Lord_Howe", "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00", 1.5),
        ("Australia/Lord_Howe", "2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30", 2.5),
    ],
)
def test_an_hour_that_is_skipped_does_not_count_and_one_that_is_repeated_counts_twice(
    zone: str, start: str, end: str, open_hours: float
) -> None:
    calendar = replace(office(zone), weekly=weekdays({day: [Hours(90, 210)] for day in range(7)}))
    assert elapsed(calendar, at(start), at(end)) == int(open_hours * H)


def test_hours_within_the_repeated_hour_open_twice() -> None:
    calendar = replace(office(), weekly=weekdays({6: [Hours(135, 165)]}))
    found = list(openings(calendar, at("2026-10-25T00:00:00+02:00"), at("2026-10-26T00:00:00+01:00")))
    assert found == [
        (at("2026-10-25T02:15:00+02:00"), at("2026-10-25T02:45:00+02:00")),
        (at("2026-10-25T02:15:00+01:00"), at("2026-10-25T02:45:00+01:00")),
    ]

"""Where buckets begin, on the wall clocks of zones that jump."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st
from itsm_metrics.rules.edges import BUCKETS, Bucket, before, edges, is_edge
from itsm_sla.zone import zone

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001  # strategies take bounds without a zone
LONGEST = {"hour": 2, "day": 25, "week": 169, "month": 745, "quarter": 2210, "year": 8785}
"""Hours, on a day of 25."""


def local(name: str, text: str) -> datetime:
    """The instant at which the zone's wall clock first shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=zone(name)).astimezone(UTC)


def shown(name: str, cuts: list[datetime]) -> list[str]:
    """What the wall clock shows at each."""
    return [f"{cut.astimezone(zone(name)):%m-%dT%H:%M%z}" for cut in cuts]


@given(ZONES, st.sampled_from(BUCKETS), MOMENTS, st.integers(1, 10**10))
@example("Australia/Lord_Howe", "hour", local("Australia/Lord_Howe", "2026-04-05T00:10"), 5 * 3600 * 10**6)
@example("Europe/Berlin", "hour", local("Europe/Berlin", "2026-10-25T00:10"), 5 * 3600 * 10**6)
def test_buckets_partition_the_period_and_each_begins_where_the_wall_clock_turns(
    name: str, bucket: Bucket, since: datetime, length: int
) -> None:
    until = since + timedelta(microseconds=length)
    cuts = edges(bucket, zone(name), since, until, 10_000)
    assert (cuts[0], cuts[-1]) == (since, until)
    for start, end in pairwise(cuts):
        assert timedelta(0) < end - start <= timedelta(hours=LONGEST[bucket])
    assert all(is_edge(bucket, zone(name), cut) for cut in cuts[1:-1])
    inside = (since + timedelta(hours=n) for n in range(min(length // 3_600_000_000 + 1, 500)))
    assert all(at in cuts for at in inside if at > since and is_edge(bucket, zone(name), at))


def test_a_day_has_23_or_25_hours_and_the_hour_shown_twice_is_two() -> None:
    spring = edges(
        "hour",
        zone("Europe/Berlin"),
        local("Europe/Berlin", "2026-03-29T00:00"),
        local("Europe/Berlin", "2026-03-30T00:00"),
        400,
    )
    assert len(spring) - 1 == 23
    autumn = edges(
        "hour",
        zone("Europe/Berlin"),
        local("Europe/Berlin", "2026-10-25T00:00"),
        local("Europe/Berlin", "2026-10-26T00:00"),
        400,
    )
    assert len(autumn) - 1 == 25
    assert shown("Europe/Berlin", autumn)[2:5] == ["10-25T02:00+0200", "10-25T02:00+0100", "10-25T03:00+0100"]


def test_a_clock_that_jumps_by_half_an_hour_has_hours_of_30_and_of_90_minutes() -> None:
    name = "Australia/Lord_Howe"
    place, autumn, spring = zone(name), local(name, "2026-04-05T00:00"), local(name, "2026-10-04T00:00")
    hours = edges("hour", place, autumn, autumn + timedelta(hours=4), 400)
    assert shown(name, hours)[1:3] == ["04-05T01:00+1100", "04-05T02:00+1030"]
    assert hours[2] - hours[1] == timedelta(minutes=90)
    hours = edges("hour", place, spring, spring + timedelta(hours=4), 400)
    assert shown(name, hours)[2:4] == ["10-04T02:30+1100", "10-04T03:00+1100"]
    assert hours[3] - hours[2] == timedelta(minutes=30)


def test_a_midnight_that_the_clock_skips_begins_the_day_at_the_jump_and_one_shown_twice_the_first_time() -> (
    None
):
    name = "America/Asuncion"
    cuts = edges("day", zone(name), local(name, "2023-09-30T12:00"), local(name, "2023-10-02T12:00"), 400)
    assert shown(name, cuts)[1:-1] == ["10-01T01:00-0300", "10-02T00:00-0300"]
    name = "America/Havana"
    cuts = edges("day", zone(name), local(name, "2024-11-02T12:00"), local(name, "2024-11-04T12:00"), 400)
    assert shown(name, cuts)[1:-1] == ["11-03T00:00-0400", "11-04T00:00-0500"]
    name = "Pacific/Apia"
    cuts = edges("day", zone(name), local(name, "2011-12-29T12:00"), local(name, "2011-12-31T12:00"), 400)
    assert shown(name, cuts)[1:-1] == ["12-31T00:00+1400"]


def test_weeks_begin_on_mondays_and_quarters_in_january_april_july_and_october() -> None:
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    weeks = edges("week", zone("UTC"), since, until, 400)
    assert {cut.isoweekday() for cut in weeks[1:-1]} == {1}
    assert [f"{cut:%m-%d}" for cut in edges("quarter", zone("UTC"), since, until, 400)] == [
        *("01-01", "04-01", "07-01", "10-01", "01-01")
    ]


def test_no_more_are_made_than_are_wanted_even_of_all_time() -> None:
    since, until = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert len(edges("hour", zone("UTC"), since, until, 400)) <= 403
    assert len(edges("year", zone("Europe/Berlin"), since, until, 20_000)) == 10_000


def test_the_period_before_whole_months_is_whole_months_and_before_whole_days_whole_days() -> None:
    name = "Europe/Berlin"
    place = zone(name)
    march = local(name, "2026-03-01T00:00"), local(name, "2026-04-01T00:00")
    assert before(place, *march) == (local(name, "2026-02-01T00:00"), march[0])
    two = local(name, "2026-01-01T00:00"), local(name, "2026-03-01T00:00")
    assert before(place, *two) == (local(name, "2025-11-01T00:00"), two[0])
    week = local(name, "2026-04-01T00:00"), local(name, "2026-04-08T00:00")
    assert before(place, *week) == (local(name, "2026-03-25T00:00"), week[0])
    assert week[0] - before(place, *week)[0] == timedelta(days=7, hours=-1), "a day had 23 hours"
    odd = local(name, "2026-04-01T00:01"), local(name, "2026-04-08T00:00")
    assert before(place, *odd) == (odd[0] - (odd[1] - odd[0]), odd[0])

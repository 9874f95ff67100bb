"""When windows take place: over the change of clocks, within bounds, and whatever the rule says."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from itsm_change.rules.interval import Interval, merged, outside
from itsm_change.rules.recurrence import Schedule, check, occurrences
from itsm_chassis.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(*parts, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type,misc]  # the parts of a date


def night(rule: str | None, start: datetime, end: datetime, zone: str = "Europe/Berlin") -> Schedule:
    return Schedule(start, end, rule, zone)


def starts(schedule: Schedule, start: datetime, end: datetime) -> list[str]:
    found = occurrences(schedule, start, end)
    return [f"{a.astimezone(BERLIN):%m-%d %H:%M}-{b.astimezone(BERLIN):%d %H:%M}" for a, b in found]


def test_a_weekly_night_keeps_its_time_on_the_wall_when_clocks_go_forward() -> None:
    schedule = night("FREQ=WEEKLY", at(2026, 3, 21, 22), at(2026, 3, 22, 6))
    check(schedule)
    found = list(occurrences(schedule, at(2026, 3, 20), at(2026, 4, 6)))
    assert [each.end - each.start for each in found] == [timedelta(hours=hours) for hours in (8, 7, 8)]
    assert starts(schedule, at(2026, 3, 20), at(2026, 4, 6)) == [
        "03-21 22:00-22 06:00",
        "03-28 22:00-29 06:00",
        "04-04 22:00-05 06:00",
    ]


def test_an_hour_that_is_skipped_is_read_by_the_offset_before_and_one_that_repeats_is_the_first() -> None:
    daily = night("FREQ=DAILY", at(2026, 3, 27, 2, 30), at(2026, 3, 27, 2, 45))
    assert starts(daily, at(2026, 3, 29), at(2026, 3, 30)) == ["03-29 03:30-29 03:45"]
    (autumn,) = occurrences(daily, at(2026, 10, 25), at(2026, 10, 26))
    assert autumn.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_occurrence_that_began_before_is_found_while_it_lasts_and_touching_is_not_enough() -> None:
    schedule = night("FREQ=WEEKLY", at(2026, 1, 3, 22), at(2026, 1, 4, 6))
    assert starts(schedule, at(2026, 1, 11, 5), at(2026, 1, 11, 5, 30)) == ["01-10 22:00-11 06:00"]
    assert starts(schedule, at(2026, 1, 11, 6), at(2026, 1, 17, 22)) == []


def test_a_rule_ends_by_count_and_by_until() -> None:
    for rule, count in (
        ("FREQ=DAILY;COUNT=3", 3),
        ("RRULE:FREQ=DAILY;UNTIL=20260104", 2),
        ("FREQ=DAILY;UNTIL=20260104T210000Z", 2),
        ("FREQ=DAILY;UNTIL=20260104T205959Z", 1),
    ):
        schedule = night(rule, at(2026, 1, 3, 22), at(2026, 1, 3, 23))
        check(schedule)
        assert len(starts(schedule, at(2025, 1, 1), at(2027, 1, 1))) == count, rule
    once = night(None, at(2026, 1, 3, 22), at(2026, 1, 3, 23))
    assert len(starts(once, at(2025, 1, 1), at(2027, 1, 1))) == 1


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=YEARLY;BYEASTER=1",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;COUNT=100000",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;UNTIL=20261301",
        "FREQ=DAILY;UNTIL=20251231",
        "FREQ=DAILY\nDTSTART:20260101T000000Z",
        "FREQ=DAILY;;",
        "",
        "x" * 10_000,
    ],
)
def test_a_hostile_or_senseless_rule_is_refused_at_once(rule: str) -> None:
    began = process_time()
    with pytest.raises(Invalid):
        check(night(rule, at(2026, 1, 3, 22), at(2026, 1, 3, 23)))
    assert process_time() - began < 0.5


def test_the_first_occurrence_is_one_of_the_rule() -> None:
    with pytest.raises(Invalid, match="begin on 2026-01-04"):
        check(night("FREQ=WEEKLY;BYDAY=SU", at(2026, 1, 3, 22), at(2026, 1, 3, 23)))


@pytest.mark.parametrize(
    ("start", "end", "zone"),
    [
        (at(2026, 1, 3), at(2026, 1, 3), "UTC"),
        (at(2026, 1, 3), at(2027, 3, 3), "UTC"),
        (at(1999, 1, 3), at(1999, 1, 4), "UTC"),
        (at(2026, 1, 3), at(2026, 1, 4), "Mars/Olympus"),
    ],
)
def test_a_window_has_a_zone_and_a_sensible_length(start: datetime, end: datetime, zone: str) -> None:
    with pytest.raises(Invalid):
        check(night(None, start, end, zone))


DAYS = st.lists(
    st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=3, unique=True
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """A rule that gives some date."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}"]
    if frequency in ("WEEKLY", "MONTHLY") and draw(st.booleans()):
        ahead = draw(st.sampled_from(["", "1", "-1"])) if frequency == "MONTHLY" else ""
        parts.append("BYDAY=" + ",".join(ahead + day for day in draw(DAYS)))
    if frequency == "YEARLY" and draw(st.booleans()):
        parts.append(f"BYMONTH={draw(st.integers(1, 12))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 30))}")
    return ";".join(parts)


@given(rules(), st.integers(0, 3000), st.integers(0, 2000), st.integers(1, 400))
def test_the_dates_are_those_that_dateutil_gives_for_the_rule_itself(
    rule: str, first: int, later: int, span: int
) -> None:
    begin = datetime(2024, 1, 1, 9, tzinfo=UTC) + timedelta(days=first)
    begin = begin.replace(day=min(begin.day, 28))  # a 31st of February would never come
    begin = next(iter(rrulestr(rule, dtstart=begin)))
    schedule = night(rule, begin, begin + timedelta(hours=1), "UTC")
    check(schedule)
    start = begin + timedelta(days=later - 100)
    end = start + timedelta(days=span)
    expected = rrulestr(rule, dtstart=begin).between(start, end)
    found = occurrences(schedule, start, end)
    assert [each.start for each in found if start < each.start < end] == expected


PARTS = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])},
    optional={
        "INTERVAL": st.sampled_from(["2", "3", "7", "9999"]),
        "BYMONTH": st.sampled_from(["2", "1,12", "11"]),
        "BYMONTHDAY": st.sampled_from(["29", "1,-1", "31", "13"]),
        "BYDAY": st.sampled_from(["MO", "FR,SA", "SU", "MO,TU,WE,TH,FR"]),
        "BYYEARDAY": st.sampled_from(["1,366", "-1", "60"]),
        "BYWEEKNO": st.sampled_from(["1", "53", "-1,20"]),
        "BYSETPOS": st.sampled_from(["1", "-1", "2"]),
        "WKST": st.sampled_from(["SU", "WE"]),
        "COUNT": st.sampled_from(["1", "40"]),
    },
)


@settings(max_examples=60, deadline=None)
@given(PARTS, st.dates(date(2000, 1, 1), date(2199, 12, 31)), st.integers(0, 60 * 365))
@example({"FREQ": "YEARLY", "BYMONTH": "2", "BYMONTHDAY": "29", "BYDAY": "MO"}, date(2026, 12, 1), 0)
@example({"FREQ": "WEEKLY", "BYDAY": "MO,WE,FR", "BYSETPOS": "1"}, date(2026, 1, 7), 1000)
@example({"FREQ": "YEARLY", "BYWEEKNO": "53"}, date(2000, 1, 1), 365 * 22)
def test_whatever_a_rule_says_it_is_refused_or_gives_the_dates_of_dateutil(
    parts: dict[str, str], first: date, later: int
) -> None:
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    begin = datetime(first.year, first.month, first.day, 9, tzinfo=UTC)
    schedule = night(rule, begin, begin + timedelta(hours=1), "UTC")
    try:
        check(schedule)
    except Invalid:
        return
    start = begin + timedelta(days=later)
    end = start + timedelta(days=500, hours=1)
    ahead = relativedelta(years=7600)  # 19 cycles of the calendar: dateutil looks on until the year 9999
    expected = rrulestr(rule, dtstart=begin + ahead).between(start + ahead, end + ahead, inc=True)
    assert [each.start + ahead for each in occurrences(schedule, start, end)] == expected


def test_a_time_far_from_the_first_occurrence_is_as_near_as_any_other() -> None:
    schedule = night("FREQ=DAILY", at(2000, 1, 1, 22), at(2000, 1, 1, 23))
    began = process_time()
    assert len(list(occurrences(schedule, at(2198, 12, 30), at(2198, 12, 31)))) == 1
    assert process_time() - began < 0.05


INTERVALS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=6)


@given(INTERVALS, st.integers(0, 30), st.integers(1, 20))
def test_what_is_outside_is_what_no_interval_covers(
    given_: list[tuple[int, int]], start: int, length: int
) -> None:
    def moment(minute: int) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)

    cover = [Interval(moment(a), moment(a + size)) for a, size in given_]
    left = outside(Interval(moment(start), moment(start + length)), cover)
    covered = {minute for a, size in given_ for minute in range(a, a + size)}
    expected = [minute for minute in range(start, start + length) if minute not in covered]
    assert [m for m in range(60) if any(a <= moment(m) < b for a, b in left)] == expected
    assert left == merged(left)

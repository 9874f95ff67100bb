"""Which days are compared when an effect is measured."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsm_metrics.rules.effect_windows import Window, Windows, compared, scale
from itsm_metrics.rules.kpis import KPIS, direction

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_whole_weeks_before_the_work_and_after_it_has_settled() -> None:
    before, after = compared(
        Windows(), at("2026-03-10T09:00Z"), at("2026-03-12T17:00Z"), at("2026-09-01T00:00Z"), LONG_AGO
    )
    assert before == Window(date(2025, 12, 16), date(2026, 3, 10))
    assert after == Window(date(2026, 3, 20), date(2026, 6, 12))
    assert (before.days, after.days) == (84, 84)


def test_days_that_are_not_over_and_days_of_which_nothing_was_known_do_not_count() -> None:
    before, after = compared(
        Windows(settle_days=0),
        at("2026-03-10T09:00Z"),
        at("2026-03-10T17:00Z"),
        at("2026-04-15T12:00Z"),
        at("2026-01-20T10:00Z"),
    )
    assert before == Window(date(2026, 1, 27), date(2026, 3, 10))
    assert after == Window(date(2026, 3, 11), date(2026, 4, 15))


def test_fewer_than_four_weeks_are_none() -> None:
    _, after = compared(
        Windows(settle_days=0),
        at("2026-03-10T09:00Z"),
        at("2026-03-10T17:00Z"),
        at("2026-04-07T23:59Z"),
        LONG_AGO,
    )
    assert after.days == 0


def test_the_days_are_those_of_the_zone() -> None:
    windows = Windows(settle_days=0, zone="Pacific/Auckland")
    before, after = compared(
        windows, at("2026-03-09T20:00Z"), at("2026-03-09T20:00Z"), at("2026-06-01T00:00Z"), LONG_AGO
    )
    assert before.past == date(2026, 3, 10)
    assert after.first == date(2026, 3, 11)


@given(
    started=st.timedeltas(timedelta(0), timedelta(3000)).map(lambda after: at("2021-01-01T00:00Z") + after),
    took=st.timedeltas(timedelta(0), timedelta(200)),
    later=st.timedeltas(timedelta(0), timedelta(400)),
    longest=st.integers(28, 366),
    settle=st.integers(0, 90),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
)
def test_the_sides_never_overlap_the_work_nor_each_other(
    started: datetime, took: timedelta, later: timedelta, longest: int, settle: int, zone: str
) -> None:
    done = started + took
    now = done + later
    windows = Windows(longest, settle, zone)
    before, after = compared(windows, started, done, now, LONG_AGO)
    for side in (before, after):
        assert side.days == 0 or 28 <= side.days <= longest
        assert side.days % 7 == 0
    assert before.past <= after.first
    there = ZoneInfo(zone)
    assert before.midnights(there)[-1] <= started
    assert after.days == 0 or (done < after.midnights(there)[0] and after.midnights(there)[-1] <= now)


@pytest.mark.parametrize(
    ("slug", "good"),
    [("mttr", "down"), ("sla_compliance", "up"), ("csat", "up"), ("demand", None), ("gone", None)],
)
def test_a_figure_says_which_way_is_good(slug: str, good: str | None) -> None:
    assert direction(slug) == good


def test_what_is_a_state_or_comes_from_agreed_time_is_not_compared() -> None:
    assert {slug for slug, kpi in KPIS.items() if scale(kpi) is None} >= {"backlog", "availability", "mtbf"}
    assert [scale(KPIS[slug]) for slug in ("mttr", "reopen_rate", "opened", "reassignment")] == [
        "time",
        "share",
        "daily",
        "mean",
    ]

"""Figures as people say them, and lines as they are drawn."""

from datetime import UTC, datetime, timedelta

import pytest
from itsm_chassis.errors import Invalid
from itsm_metrics.pages import periods, words
from itsm_metrics.pages.drawing import HEIGHT, MARGIN, WIDTH, strokes
from itsm_metrics.queries.question import Result
from itsm_metrics.rules.kpis import KPIS

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("slug", "value", "said"),
    [
        ("mttr", 0.456, "0.5 s"),
        ("mttr", 59.6, "1 min"),
        ("mttr", 3540, "59 min"),
        ("mttr", 11_580, "3 h 13 min"),
        ("mttr", 183_600, "2 d 3 h"),
        ("change_lead_time", -7200, "-2 h 0 min"),
        ("sla_compliance", 0.9337, "93.4 %"),
        ("backlog", 12_345, "12,345"),
        ("reassignment", 1.256, "1.26"),
        ("cost_per_service", 1200, "1,200.00 EUR"),
        ("mttr", None, words.NOTHING),
    ],
)
def test_a_value_is_said_in_its_unit(slug: str, value: float | None, said: str) -> None:
    currency = "EUR" if slug == "cost_per_service" else None
    assert words.value(KPIS[slug], value, currency) == said


@pytest.mark.parametrize(
    ("slug", "before", "now", "arrow", "text", "verdict"),
    [
        ("mttr", 100, 150, "▲", "50 %", "worse"),
        ("mttr", 100, 50, "▼", "50 %", "better"),
        ("sla_compliance", 0.9, 0.95, "▲", "5.0 points", "better"),
        ("resolved", 10, 20, "▲", "100 %", "same"),
        ("backlog", 0, 5, "▲", "from 0", "worse"),
        ("backlog", 5, 5, "→", "unchanged", "same"),
    ],
)
def test_a_change_is_said_with_whether_it_is_good(
    slug: str, before: float, now: float, arrow: str, text: str, verdict: str
) -> None:
    found = words.change(KPIS[slug], Result(None, 9, now), Result(None, 9, before))
    assert found == (arrow, text, verdict)


def test_what_is_not_known_is_compared_with_nothing() -> None:
    assert words.change(KPIS["mttr"], Result(None, 9, 5), Result(None, 0, None)) is None


def test_a_line_breaks_where_nothing_is_known_and_stays_in_its_frame() -> None:
    first, lone, last = strokes([1, 2, None, 5, None, 3, 0])
    assert len(first.split()) == len(last.split()) == 2
    assert len(lone.split()) == 2, "a lone value is a short dash"
    for point in " ".join((first, lone, last)).split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= WIDTH
        assert MARGIN <= y <= HEIGHT - MARGIN
    assert strokes([None, None]) == []


def test_a_period_ends_with_its_last_day_and_is_cut_without_a_gap() -> None:
    period = periods.read({"days": "90", "last": "2026-03-30"}, NOW)
    assert period.until == datetime(2026, 3, 31, tzinfo=UTC)
    assert period.until - period.since == timedelta(days=90)
    assert (period.cuts[0], period.cuts[-1]) == (period.since, period.until)
    assert period.before.until == period.since
    assert periods.read({}, NOW).until == NOW


@pytest.mark.parametrize("given", [{"days": "9"}, {"last": "tomorrow"}, {"last": "9999-12-31"}])
def test_a_period_that_is_none_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        periods.read(given, NOW)

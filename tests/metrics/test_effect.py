"""Did it work? Told of series as service desks have them: seasons in the day and the week, and bad spells."""

from functools import cache
from math import exp, log, pi, sin, sqrt
from random import Random

import pytest
from itsm_metrics.rules.drift import student
from itsm_metrics.rules.effect import Day, Scale, Verdict, measure

RUNS = 1000
WEEKDAYS = (1.3, 1.25, 1.25, 1.2, 1.2, 0.5, 0.3)
"""How many records a weekday has, of the mean day's."""
SLOWER = (0.15, 0.0, 0.0, 0.0, -0.05, 0.35, 0.35)
"""How much longer they take, as a logarithm."""


def poisson(rng: Random, mean: float) -> int:
    n, chance = 0, rng.random()
    while chance > exp(-mean):
        n, chance = n + 1, chance * rng.random()
    return n


def desk(rng: Random, days: int, records: int, *, stays: float = 0.6) -> list[list[float]]:
    """The logarithms of the times of each day's records.

    Slower at weekends and at night, and drifting by an AR(1) of 12 % whose next day is like this by `stays`.
    """
    mood, drawn = rng.gauss(0, 0.12), []
    for day in range(days):
        mood = stays * mood + rng.gauss(0, 0.12 * sqrt(1 - stays**2))
        usual = 9 + SLOWER[day % 7] + mood
        hours = [rng.random() for _ in range(poisson(rng, records / days * WEEKDAYS[day % 7]))]
        drawn.append([rng.gauss(usual + 0.3 * sin(2 * pi * hour), 0.6) for hour in hours])
    return drawn


def summed(drawn: list[list[float]]) -> list[Day]:
    return [Day(len(values), sum(values)) for values in drawn]


def shifted(days: list[Day], by: float) -> list[Day]:
    """Every record takes `by` times as long."""
    return [Day(day.n, day.total + day.n * log(by)) for day in days]


@cache
def nothing_done(weeks: int) -> list[tuple[list[Day], list[Day]]]:
    """A thousand desks before and after a day when nothing changed; at least 300 records on each side."""
    rng = Random(f"nothing done for {weeks} weeks")
    found: list[tuple[list[Day], list[Day]]] = []
    while len(found) < RUNS:
        drawn = desk(rng, 14 * weeks, 700)
        before, after = summed(drawn[: 7 * weeks]), summed(drawn[7 * weeks :])
        if min(sum(day.n for day in side) for side in (before, after)) >= 300:
            found.append((before, after))
    return found


@pytest.mark.parametrize("weeks", [8, 12])
def test_where_nothing_was_done_no_change_is_shown_in_930_of_a_thousand(weeks: int) -> None:
    verdicts = [measure("time", "down", *series).verdict for series in nothing_done(weeks)]
    assert verdicts.count("no_change_shown") >= 930


def test_a_t_test_of_the_records_would_cry_wolf() -> None:
    # Why the days are looked at: the records of a day share its mood, so there are fewer proofs than records.
    cries = 0
    for before, after in nothing_done(12):
        n = [sum(day.n for day in side) for side in (before, after)]
        means = [
            sum(day.total for day in side) / count for side, count in zip((before, after), n, strict=True)
        ]
        cries += abs(means[1] - means[0]) > 1.96 * 0.7 * sqrt(1 / n[0] + 1 / n[1])
    assert cries > 100


@pytest.mark.parametrize(("by", "verdict"), [(0.8, "improved"), (1.2, "worse")])
def test_a_fifth_more_or_less_is_told_right_in_800_of_a_thousand(by: float, verdict: Verdict) -> None:
    found = [measure("time", "down", before, shifted(after, by)) for before, after in nothing_done(12)]
    assert [each.verdict for each in found].count(verdict) >= 800


def test_the_interval_holds_the_true_change_in_930_of_a_thousand() -> None:
    held = 0
    for before, after in nothing_done(12):
        found = measure("time", "down", before, shifted(after, 0.8)).relative
        held += found is not None and found.low <= -0.2 <= found.high
    assert held >= 930


@cache
def promises(after: float) -> list[tuple[list[Day], list[Day]]]:
    """Whether agreements were met, 600 on each side, of which 80 of a hundred were before."""
    rng = Random(f"promises {after}")

    def side(share: float) -> list[Day]:
        mood, days = 0.0, []
        for day in range(84):
            mood = 0.6 * mood + rng.gauss(0, 0.25)
            odds = log(share / (1 - share)) + mood + (0.3 if day % 7 > 4 else -0.1)
            n = poisson(rng, 600 / 84 * WEEKDAYS[day % 7])
            days.append(Day(n, sum(rng.random() < 1 / (1 + exp(-odds)) for _ in range(n))))
        return days

    return [(side(0.8), side(after)) for _ in range(300)]


@pytest.mark.parametrize(
    ("after", "verdict", "least"),
    [(0.8, "no_change_shown", 275), (0.9, "improved", 240), (0.65, "worse", 240)],
)
def test_a_share_is_told_right(after: float, verdict: Verdict, least: int) -> None:
    verdicts = [measure("share", "up", *series).verdict for series in promises(after)]
    assert verdicts.count(verdict) >= least


@pytest.mark.parametrize(
    ("by", "verdict", "least"), [(1.0, "no_change_shown", 275), (0.7, "improved", 240), (1.4, "worse", 240)]
)
def test_how_many_there_are_is_told_right(by: float, verdict: Verdict, least: int) -> None:
    rng = Random(f"how many {by}")
    right = 0
    for _ in range(300):
        mood, days = 0.0, []
        for day in range(168):
            mood = 0.5 * mood + rng.gauss(0, 0.15)
            n = poisson(rng, 8 * exp(mood) * WEEKDAYS[day % 7] * (by if day >= 84 else 1))
            days.append(Day(n, n))
        right += measure("daily", "down", days[:84], days[84:]).verdict == verdict
    assert right >= least


def test_the_same_change_is_good_or_bad_by_the_direction_of_its_figure() -> None:
    before, after = nothing_done(12)[0]
    less = shifted(after, 0.5)
    assert measure("time", "down", before, less).verdict == "improved"
    assert measure("time", "up", before, less).verdict == "worse"


def test_estimate_interval_and_what_could_have_been_seen_are_said() -> None:
    before, after = nothing_done(12)[1]
    found = measure("time", "down", before, shifted(after, 0.5))
    assert found.before.level is not None
    assert found.after.level is not None
    assert found.absolute is not None
    assert found.relative is not None
    assert found.absolute.estimate == pytest.approx(found.after.level - found.before.level)
    assert found.relative.estimate == pytest.approx(found.after.level / found.before.level - 1)
    assert found.relative.low < found.relative.estimate < found.relative.high < 0
    assert found.detectable is not None
    assert 0.05 < found.detectable < 0.25
    assert (found.before.n, found.before.days) == (sum(day.n for day in before), 84)


STEADY = [Day(5, 5.0)] * 28


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (STEADY[:21], STEADY, "too_few_days"),
        (STEADY, STEADY + STEADY[:3], "too_few_days"),
        (STEADY, [], "too_few_days"),
        ([*STEADY[:13], *[Day(0, 0.0)] * 15], STEADY, "too_few_days"),
        (STEADY, [Day(1, 1.0)] * 28, "too_few_records"),
    ],
)
@pytest.mark.parametrize("scale", ["time", "share", "mean"])
def test_too_little_shows_nothing_and_says_why(
    scale: Scale, before: list[Day], after: list[Day], reason: str
) -> None:
    found = measure(scale, "down", before, after)
    assert (found.verdict, found.reason) == ("no_change_shown", reason)
    assert found.relative is None


def test_that_nothing_happens_any_more_is_an_improvement_of_a_count_and_no_figure_of_a_time() -> None:
    none = [Day(0, 0.0)] * 28
    assert measure("daily", "down", STEADY, none).verdict == "improved"
    assert measure("daily", "down", none, STEADY).verdict == "worse"
    assert measure("time", "down", STEADY, none).reason == "too_few_records"


@pytest.mark.parametrize("scale", ["time", "share", "mean", "daily"])
def test_days_that_never_differ_are_no_division_by_zero(scale: Scale) -> None:
    assert measure(scale, "down", STEADY, STEADY).verdict == "no_change_shown"
    assert measure(scale, "down", [Day(5, 0.0)] * 28, [Day(5, 0.0)] * 28).verdict == "no_change_shown"


def test_a_figure_that_was_moving_before_anything_was_done_is_said_to() -> None:
    told, mistaken = 0, 0
    for before, after in nothing_done(12)[:200]:
        drift = [Day(day.n, day.total - day.n * 0.015 * at) for at, day in enumerate(before + after)]
        told += measure("time", "down", drift[:84], drift[84:]).cautions == ("already_moving",)
        mistaken += measure("time", "down", before, shifted(after, 0.5)).cautions != ()
    assert told >= 160
    assert mistaken <= 14


@pytest.mark.parametrize(
    ("freedom", "expected"), [(4, 2.776), (5, 2.571), (8, 2.306), (12, 2.179), (30, 2.042)]
)
def test_students_quantile_is_that_of_the_tables(freedom: float, expected: float) -> None:
    assert student(0.975, freedom) == pytest.approx(expected, abs=0.002)
